extension Resolver {
  /// `Fn::Sub`: a text with `${Name}`, `${Resource.Attribute}` and `${!Literal}`, alone or with a map of further names.
  ///
  /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html>
  func substitution(_ argument: TemplateNode, _ node: TemplateNode) -> ResolvedValue? {
    let pair = argument.elements
    guard let template = argument.text ?? pair?.first?.text,
      pair == nil || pair?.count == 2 && pair?[1].members != nil && pair?[1].intrinsic == nil
    else { return refuse(node, "needs Fn::Sub with a text, or with a text and a map") }
    var variables: [String: String] = [:]
    for member in pair?[1].members ?? [] {
      guard let value = resolve(member.value) else { return nil }
      guard let text = value.text else { return refuse(member.value, "must be a string, found \(member.value.shown)") }
      variables[member.key] = text
    }
    var result = ""
    var rest = template[...]
    while let opening = rest.firstRange(of: "${") {
      result += rest[..<opening.lowerBound]
      rest = rest[opening.upperBound...]
      guard let end = rest.firstIndex(of: "}") else { return refuse(node, "has '${' without '}' in \(argument.shown)") }
      let name = rest[..<end]
      rest = rest[rest.index(after: end)...]
      if name.hasPrefix("!") {
        result += "${\(name.dropFirst())}"
      } else if let text = variables[String(name)] {
        result += text
      } else {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        let value =
          parts.count == 2 ? attribute(parts[1], of: parts[0], node) : reference(to: String(name), node)
        guard let value else { return nil }
        guard let text = value.text else { return refuse(node, "needs a string for '${\(name)}'") }
        result += text
      }
    }
    return string(result + rest, node)
  }
}
