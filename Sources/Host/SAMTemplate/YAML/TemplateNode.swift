/// A value of the template as it is written, with its place. Short forms (`!Ref`) have become long ones.
struct TemplateNode: Sendable {
  enum Kind: Sendable {
    /// - Parameter isPlain: written without quotes, so that it may be a number, a boolean or null.
    case scalar(String, isPlain: Bool)
    case sequence([TemplateNode])
    case mapping([Member])
  }

  struct Member: Sendable {
    let key: String
    let value: TemplateNode
  }

  let kind: Kind
  /// As in `Resources.UploadFunction.Properties.Timeout`.
  let path: String
  /// From 1.
  let line: Int?

  var members: [Member]? {
    if case .mapping(let members) = kind { return members }
    return nil
  }

  var elements: [TemplateNode]? {
    if case .sequence(let elements) = kind { return elements }
    return nil
  }

  var text: String? {
    if case .scalar(let text, _) = kind { return text }
    return nil
  }

  subscript(key: String) -> TemplateNode? {
    members?.first { $0.key == key }?.value
  }

  /// The function's name and argument, where this is `{"Fn::Something": argument}` or `{"Ref": name}`.
  var intrinsic: (name: String, argument: TemplateNode)? {
    guard let members, members.count == 1, let member = members.first,
      member.key == "Ref" || member.key.hasPrefix("Fn::")
    else { return nil }
    return (member.key, member.value)
  }

  /// How an error sentence shows what was found.
  var shown: String {
    switch kind {
    case .scalar(let text, _): "'\(text.prefix(80))'"
    case .sequence: "a list"
    case .mapping: intrinsic.map { "the result of \($0.name)" } ?? "a map"
    }
  }

  /// This value with a member of `defaults` wherever it has none of its own: maps are merged, lists are appended to
  /// those of the defaults, anything else is replaced.
  ///
  /// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
  func merged(over defaults: TemplateNode) -> TemplateNode {
    switch (kind, defaults.kind) {
    case (.mapping(let own), .mapping(let inherited)) where intrinsic == nil && defaults.intrinsic == nil:
      let merged = inherited.map { member in
        Member(key: member.key, value: self[member.key]?.merged(over: member.value) ?? member.value)
      }
      let added = own.filter { defaults[$0.key] == nil }
      return TemplateNode(kind: .mapping(merged + added), path: path, line: line)
    case (.sequence(let own), .sequence(let inherited)):
      return TemplateNode(kind: .sequence(inherited + own), path: path, line: line)
    default:
      return self
    }
  }
}
