/// A parameter's value, by its default or an override.
enum ParameterValue: Sendable, Equatable {
  case string(String)
  case number(String)
  case list([String])
  /// None that could be used; has been reported, so that what refers to it need not be.
  case invalid

  /// As it would be given on a command line.
  var text: String {
    switch self {
    case .string(let text), .number(let text): text
    case .list(let texts): texts.joined(separator: ",")
    case .invalid: ""
    }
  }

  func resolved(at node: TemplateNode) -> ResolvedValue? {
    switch self {
    case .string(let text): ResolvedValue(kind: .scalar(text, isPlain: false), origin: node)
    case .number(let text): ResolvedValue(kind: .scalar(text, isPlain: true), origin: node)
    case .list(let texts):
      ResolvedValue(
        kind: .list(texts.map { ResolvedValue(kind: .scalar($0, isPlain: false), origin: node) }), origin: node)
    case .invalid: nil
    }
  }
}
