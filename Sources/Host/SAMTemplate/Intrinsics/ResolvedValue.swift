import Core

/// A value of the template with all of its intrinsic functions carried out.
struct ResolvedValue: Sendable {
  enum Kind: Sendable {
    case scalar(String, isPlain: Bool)
    case list([ResolvedValue])
    case map([(key: String, value: ResolvedValue)])
    /// `AWS::NoValue`: as if it had not been written.
    case nothing
  }

  let kind: Kind
  /// Where it was written.
  let origin: TemplateNode

  var isNothing: Bool {
    if case .nothing = kind { return true }
    return false
  }

  var text: String? {
    if case .scalar(let text, _) = kind { return text }
    return nil
  }

  var list: [ResolvedValue]? {
    if case .list(let values) = kind { return values }
    return nil
  }

  /// Conditions compare what is written: the parameter `"30"` equals a `30` without quotes.
  func hasSameText(as other: ResolvedValue) -> Bool {
    switch (kind, other.kind) {
    case (.scalar(let left, _), .scalar(let right, _)): left == right
    case (.list(let left), .list(let right)): left.elementsEqual(right) { $0.hasSameText(as: $1) }
    case (.nothing, .nothing): true
    default: false
    }
  }

  /// As JSON; what is written without quotes may be a number, a boolean or null (the YAML 1.1 forms that CloudFormation
  /// reads, but for octal numbers: an account id with a leading zero is meant as text).
  var json: JSONValue {
    switch kind {
    case .scalar(let text, isPlain: true): Self.plain(text)
    case .scalar(let text, isPlain: false): .string(text)
    case .list(let values): .array(values.map(\.json))
    case .map(let members): .object(Dictionary(members.map { ($0.key, $0.value.json) }) { _, last in last })
    case .nothing: .null
    }
  }

  private static func plain(_ text: String) -> JSONValue {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
    case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
    default:
      let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
      guard let first = digits.first, first.isASCII, first.isNumber,
        digits == "0" || !digits.hasPrefix("0")
          || digits.hasPrefix("0.") || digits.hasPrefix("0e")
      else { return .string(text) }
      if let value = Int64(text) { return .integer(value) }
      guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || ".eE+-".contains($0)) }), let value = Double(text),
        value.isFinite
      else { return .string(text) }
      // As the JSON decoder reads `1500.0`.
      return Int64(exactly: value).map(JSONValue.integer) ?? .number(value)
    }
  }
}
