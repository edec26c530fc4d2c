extension Resolver {
  /// `Ref`: a parameter, a pseudo parameter or a resource.
  func reference(_ argument: TemplateNode, _ node: TemplateNode) -> ResolvedValue? {
    guard let name = argument.text else { return refuse(node, "needs Ref with a name, found \(argument.shown)") }
    return reference(to: name, node)
  }

  func reference(to name: String, _ node: TemplateNode) -> ResolvedValue? {
    if name == "AWS::NoValue" { return ResolvedValue(kind: .nothing, origin: node) }
    if let value = pseudoParameter(name) { return string(value, node) }
    if let parameter = parameters[name] { return parameter.resolved(at: node) }
    switch resources.reference(name, self) {
    case .value(let value): return string(value, node)
    case .problem(let message): return refuse(node, message)
    }
  }

  /// `Fn::GetAtt`: `Name.Attribute`, or a list of the two.
  func attribute(_ argument: TemplateNode, _ node: TemplateNode) -> ResolvedValue? {
    let parts =
      argument.text.map { text in text.split(separator: ".", maxSplits: 1).map(String.init) }
      ?? argument.elements?.compactMap(\.text) ?? []
    guard parts.count == 2 else {
      return refuse(node, "needs Fn::GetAtt with a resource and an attribute, found \(argument.shown)")
    }
    return attribute(parts[1], of: parts[0], node)
  }

  func attribute(_ attribute: String, of name: String, _ node: TemplateNode) -> ResolvedValue? {
    switch resources.attribute(attribute, of: name, self) {
    case .value(let value): string(value, node)
    case .problem(let message): refuse(node, message)
    }
  }

  /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
  private func pseudoParameter(_ name: String) -> String? {
    switch name {
    case "AWS::Region": pseudo.region
    case "AWS::AccountId": pseudo.accountID
    case "AWS::Partition": pseudo.partition
    case "AWS::StackName": pseudo.stackName
    case "AWS::StackId":
      "arn:\(pseudo.partition):cloudformation:\(pseudo.region):\(pseudo.accountID):stack/\(pseudo.stackName)/local"
    case "AWS::URLSuffix": pseudo.urlSuffix
    default: nil
    }
  }
}
