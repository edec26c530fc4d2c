package import Core

/// A rule's `InputTransformer`: a text with places for parts of the event.
///
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
package struct InputTransformer: Sendable, Equatable {
  /// What the predefined variables stand for besides the event.
  package struct Context: Sendable {
    package var ruleName: String
    package var ruleARN: String
    /// As in ISO 8601.
    package var ingestionTime: String

    package init(ruleName: String, ruleARN: String, ingestionTime: String) {
      self.ruleName = ruleName
      self.ruleARN = ruleARN
      self.ingestionTime = ingestionTime
    }
  }

  private enum Variable: Sendable, Equatable {
    case part([TargetInput.Step])
    case ruleName, ruleARN, ingestionTime, eventWithoutDetail, event
  }

  private enum Piece: Sendable, Equatable {
    case text(String)
    /// Quoted: within a JSON string, whose quotes are the template's.
    case value(Variable, isQuoted: Bool)
  }

  private static let predefined: [String: Variable] = [
    "aws.events.rule-name": .ruleName, "aws.events.rule-arn": .ruleARN,
    "aws.events.event.ingestion-time": .ingestionTime, "aws.events.event": .eventWithoutDetail,
    "aws.events.event.json": .event,
  ]

  private let pieces: [Piece]

  /// - Parameter json: `InputPathsMap` (at most 100 names with paths) and `InputTemplate` (1 to 8,192 characters).
  /// - Throws: `TargetInput.Invalid` naming what is not of its form.
  package init(json: JSONValue) throws(TargetInput.Invalid) {
    guard let template = json["InputTemplate"]?.stringValue, (1...8192).contains(template.utf16.count) else {
      throw .init(message: "InputTemplate must be a text of 1 to 8,192 characters")
    }
    pieces = try Self.pieces(template, variables: try Self.variables(json["InputPathsMap"]))
    // A template that means to be JSON must become JSON.
    if let first = template.first(where: { !$0.isWhitespace }), "{[\"".contains(first) {
      let sample = text({ _ in .null }, written: Self.written)
      guard (try? JSON.decode(JSONValue.self, from: Array(sample.utf8))) != nil else {
        throw .init(message: "InputTemplate must become JSON with its variables, found '\(template.prefix(80))'")
      }
    }
  }

  private static func variables(_ json: JSONValue?) throws(TargetInput.Invalid) -> [String: Variable] {
    guard let json, json != .null else { return predefined }
    guard let paths = json.objectValue, paths.count <= 100 else {
      throw .init(message: "InputPathsMap must be a map of at most 100 names to paths")
    }
    var variables = predefined
    for (name, path) in paths.sorted(by: { $0.key < $1.key }) {
      guard isName(name), !name.lowercased().hasPrefix("aws") else {
        throw .init(
          message: "InputPathsMap must have names of letters, digits, '_', '-' and '.' that do not begin with 'AWS', "
            + "found '\(name.prefix(80))'")
      }
      guard let text = path.stringValue, let steps = TargetInput.steps(text) else {
        throw .init(
          message: "InputPathsMap must have paths like '$.detail' or '$.resources[0]', found "
            + "'\(path.stringValue?.prefix(80) ?? "what is no text")' for '\(name)'")
      }
      variables[name] = .part(steps)
    }
    return variables
  }

  private static func isName(_ name: some StringProtocol) -> Bool {
    !name.isEmpty && name.utf8.count <= 256
      && name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-.".contains(Character($0)))
      }
  }

  private static func pieces(
    _ template: String, variables: [String: Variable]
  ) throws(TargetInput.Invalid) -> [Piece] {
    var pieces: [Piece] = []
    var text = ""
    var isQuoted = false
    var rest = Substring(template)
    while let character = rest.first {
      if character == "<", let end = rest.firstIndex(of: ">"),
        case let name = rest[rest.index(after: rest.startIndex)..<end],
        isName(name)
      {
        guard let variable = variables[String(name)] else {
          throw .init(message: "InputTemplate has the variable '\(name)', which InputPathsMap does not")
        }
        pieces += [.text(text), .value(variable, isQuoted: isQuoted)]
        text = ""
        rest = rest[rest.index(after: end)...]
        continue
      }
      rest.removeFirst()
      text.append(character)
      if isQuoted, character == "\\", let escaped = rest.popFirst() {
        text.append(escaped)
      } else if character == "\"" {
        isQuoted.toggle()
      }
    }
    return (pieces + [.text(text)]).filter { $0 != .text("") }
  }

  /// What the target receives: the JSON that the template becomes, or a string where it becomes none.
  ///
  /// A variable whose part the event does not have leaves an empty text.
  package func payload(for event: JSONValue, _ context: Context) -> JSONValue {
    func value(_ variable: Variable) -> JSONValue {
      switch variable {
      case .part(let steps): TargetInput.value(at: steps, of: event) ?? .string("")
      case .ruleName: .string(context.ruleName)
      case .ruleARN: .string(context.ruleARN)
      case .ingestionTime: .string(context.ingestionTime)
      case .event: event
      case .eventWithoutDetail: .object((event.objectValue ?? [:]).filter { $0.key != "detail" })
      }
    }
    let text = text(value, written: Self.written)
    // Mere text, as `<instance> is in state <status>`, has its strings without quotes.
    return (try? JSON.decode(JSONValue.self, from: Array(text.utf8)))
      ?? .string(self.text(value) { value, _ in value.stringValue ?? Self.encoded(value) })
  }

  private func text(
    _ value: (Variable) -> JSONValue, written: (_ value: JSONValue, _ isQuoted: Bool) -> String
  ) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .value(let variable, let isQuoted): written(value(variable), isQuoted)
      }
    }
    .joined()
  }

  /// As it stands in JSON, or within one of its strings.
  private static func written(_ value: JSONValue, isQuoted: Bool) -> String {
    guard isQuoted else { return encoded(value) }
    let text = value.stringValue ?? encoded(value)
    return String(encoded(.string(text)).dropFirst().dropLast())
  }

  private static func encoded(_ value: JSONValue) -> String {
    // Values that came from JSON: encoding them cannot fail.
    String(decoding: (try? JSON.encode(value)) ?? [], as: UTF8.self)
  }
}
