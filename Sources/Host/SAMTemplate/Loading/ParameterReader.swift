/// Reads the section `Parameters` and holds every value against its parameter's constraints.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>
struct ParameterReader {
  let diagnostics: Diagnostics

  func read(_ section: TemplateNode?, overrides: [String: String]) -> [String: ParameterValue] {
    var values: [String: ParameterValue] = [:]
    for member in section?.members ?? [] {
      values[member.key] = read(member.key, member.value, override: overrides[member.key]) ?? .invalid
    }
    for name in overrides.keys.sorted() where section?[name] == nil {
      diagnostics.problem(
        path: "", line: nil, "a value was given for the parameter '\(name)', which the template does not have")
    }
    return values
  }

  private func read(_ name: String, _ node: TemplateNode, override: String?) -> ParameterValue? {
    for member in node.members ?? [] where !Self.known.contains(member.key) {
      diagnostics.problem(member.value, "is not a property of parameters")
    }
    guard let type = node["Type"]?.text, Self.types.contains(type) else {
      let found = node["Type"]?.shown ?? "nothing"
      diagnostics.problem(node, "must have a Type of \(Self.types.sorted().joined(separator: ", ")), found \(found)")
      return nil
    }
    guard let text = override ?? node["Default"]?.text else {
      diagnostics.problem(node, "has no default, so a value must be given for it")
      return nil
    }
    let elements =
      type == "String" || type == "Number"
      ? [text] : text.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
    let isNumber = type == "Number" || type == "List<Number>"
    for element in elements {
      guard let complaint = violation(of: node, element, isNumber: isNumber, type: type) else { continue }
      let explanation = node["ConstraintDescription"]?.text.map { " (\($0))" } ?? ""
      diagnostics.problem(node, "\(complaint), found '\(element.prefix(80))'\(explanation)")
      return nil
    }
    switch type {
    case "String": return .string(text)
    case "Number": return .number(text)
    default: return .list(elements)
    }
  }

  private static let types: Set<String> = ["String", "Number", "CommaDelimitedList", "List<Number>"]
  private static let known: Set<String> = [
    "Type", "Default", "AllowedValues", "AllowedPattern", "MinLength", "MaxLength", "MinValue", "MaxValue", "NoEcho",
    "Description", "ConstraintDescription",
  ]

  /// What the value must be and is not.
  private func violation(of node: TemplateNode, _ text: String, isNumber: Bool, type: String) -> String? {
    if isNumber {
      guard let value = Double(text), value.isFinite else { return "must be a number" }
      if let bound = bound("MinValue", node), value < bound {
        return "must be at least \(node["MinValue"]?.text ?? "")"
      }
      if let bound = bound("MaxValue", node), value > bound { return "must be at most \(node["MaxValue"]?.text ?? "")" }
    }
    if type == "String" {
      if let bound = bound("MinLength", node), Double(text.count) < bound {
        return "must have at least \(Int(bound)) characters"
      }
      if let bound = bound("MaxLength", node), Double(text.count) > bound {
        return "must have at most \(Int(bound)) characters"
      }
    }
    if let allowed = node["AllowedValues"]?.elements?.compactMap(\.text), !allowed.contains(text) {
      return "must be one of \(allowed.map { "'\($0)'" }.joined(separator: ", "))"
    }
    if !isNumber, let pattern = node["AllowedPattern"] {
      guard let source = pattern.text, let regex = try? Regex(source) else {
        diagnostics.problem(pattern, "must be a regular expression, found \(pattern.shown)")
        return nil
      }
      if (try? regex.wholeMatch(in: text)) == nil { return "must match the pattern \(source)" }
    }
    return nil
  }

  private func bound(_ name: String, _ node: TemplateNode) -> Double? {
    guard let bound = node[name] else { return nil }
    guard let value = bound.text.flatMap({ Double($0) }), value.isFinite, abs(value) < 1e15 else {
      diagnostics.problem(bound, "must be a number, found \(bound.shown)")
      return nil
    }
    return value
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
