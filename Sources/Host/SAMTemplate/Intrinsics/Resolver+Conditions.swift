extension Resolver {
  /// The branch of `Fn::If` that counts.
  func chosen(_ argument: TemplateNode) -> TemplateNode? {
    guard let parts = argument.elements, parts.count == 3, let name = parts[0].text else {
      diagnostics.problem(argument, "needs Fn::If with a condition's name and two values")
      return nil
    }
    return condition(name, at: argument).map { $0 ? parts[1] : parts[2] }
  }

  /// The value of a condition of the section `Conditions`; each is worked out once.
  func condition(_ name: String, at node: TemplateNode) -> Bool? {
    if let known = conditionValues[name] { return known }
    guard let definition = conditionNodes[name] else {
      diagnostics.problem(node, "uses the condition '\(name)', which the template does not have")
      return nil
    }
    guard conditionsUnderWay.insert(name).inserted else {
      diagnostics.problem(definition, "depends on itself")
      return nil
    }
    defer { conditionsUnderWay.remove(name) }
    let value = evaluate(definition)
    conditionValues[name] = value
    return value
  }

  /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html>
  private func evaluate(_ node: TemplateNode) -> Bool? {
    guard let member = node.members?.first, node.members?.count == 1 else {
      diagnostics.problem(node, "must be a condition function, found \(node.shown)")
      return nil
    }
    if member.key == "Condition" {
      guard let name = member.value.text else {
        diagnostics.problem(node, "needs Condition with a name")
        return nil
      }
      return condition(name, at: node)
    }
    let operands = member.value.elements ?? []
    switch (member.key, operands.count) {
    case ("Fn::Equals", 2):
      guard let values = resolveAll(operands) else { return nil }
      return values[0].hasSameText(as: values[1])
    case ("Fn::Not", 1): return evaluate(operands[0]).map(!)
    case ("Fn::And", 2...10), ("Fn::Or", 2...10):
      let values = operands.map(evaluate)
      guard !values.contains(nil) else { return nil }
      return member.key == "Fn::And" ? !values.contains(false) : values.contains(true)
    default:
      diagnostics.problem(
        node, "must be Fn::Equals with two values, Fn::Not with one, Fn::And or Fn::Or with two to ten, or Condition")
      return nil
    }
  }
}
