/// Carries out a template's intrinsic functions. Each failure is a problem at its place and gives `nil`.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>
final class Resolver {
  let diagnostics: Diagnostics
  let pseudo: PseudoParameters
  let parameters: [String: ParameterValue]
  let resources: ResourceTable
  private let mappings: TemplateNode?
  let conditionNodes: [String: TemplateNode]
  var conditionValues: [String: Bool?] = [:]
  var conditionsUnderWay: Set<String> = []

  init(
    template: TemplateNode, parameters: [String: ParameterValue], resources: ResourceTable, pseudo: PseudoParameters,
    diagnostics: Diagnostics
  ) {
    self.diagnostics = diagnostics
    self.pseudo = pseudo
    self.parameters = parameters
    self.resources = resources
    mappings = template["Mappings"]
    conditionNodes = Dictionary((template["Conditions"]?.members ?? []).map { ($0.key, $0.value) }) { first, _ in first
    }
  }

  func resolve(_ node: TemplateNode) -> ResolvedValue? {
    if let (name, argument) = node.intrinsic {
      return call(name, argument, node).flatMap { withoutDynamicReference($0, node) }
    }
    switch node.kind {
    case .scalar(let text, let isPlain):
      return withoutDynamicReference(ResolvedValue(kind: .scalar(text, isPlain: isPlain), origin: node), node)
    case .sequence(let elements):
      guard let values = resolveAll(elements) else { return nil }
      return ResolvedValue(kind: .list(values.filter { !$0.isNothing }), origin: node)
    case .mapping(let members):
      guard let values = resolveAll(members.map(\.value)) else { return nil }
      let pairs = zip(members, values).filter { !$1.isNothing }.map { (key: $0.key, value: $1) }
      return ResolvedValue(kind: .map(pairs), origin: node)
    }
  }

  /// CloudFormation looks such references up wherever they come from: written down, put together, or a parameter's value.
  private func withoutDynamicReference(_ value: ResolvedValue, _ node: TemplateNode) -> ResolvedValue? {
    guard let text = value.text, let start = text.firstRange(of: "{{resolve:") else { return value }
    let reference = text[start.lowerBound...].prefix(80)
    return refuse(node, "has the dynamic reference '\(reference)', which cannot be looked up here")
  }

  /// Follows `Fn::If` to the branch that counts and leaves everything else as it is; `nil` for no value.
  func branch(_ node: TemplateNode) -> TemplateNode? {
    guard let (name, argument) = node.intrinsic else { return node }
    if name == "Ref", argument.text == "AWS::NoValue" { return nil }
    guard name == "Fn::If" else { return node }
    return chosen(argument).flatMap(branch)
  }

  /// Every element is looked at, so that all problems come out at once.
  func resolveAll(_ nodes: [TemplateNode]) -> [ResolvedValue]? {
    let values = nodes.map(resolve)
    let present = values.compactMap(\.self)
    return present.count == values.count ? present : nil
  }

  private func call(_ name: String, _ argument: TemplateNode, _ node: TemplateNode) -> ResolvedValue? {
    switch name {
    case "Ref": reference(argument, node)
    case "Fn::GetAtt": attribute(argument, node)
    case "Fn::Sub": substitution(argument, node)
    case "Fn::Join": join(argument, node)
    case "Fn::Select": select(argument, node)
    case "Fn::Split": split(argument, node)
    case "Fn::If": chosen(argument).flatMap(resolve)
    case "Fn::FindInMap": findInMap(argument, node)
    default: refuse(node, "uses \(name), which cannot be carried out here")
    }
  }

  func refuse(_ node: TemplateNode, _ message: String) -> ResolvedValue? {
    diagnostics.problem(node, message)
    return nil
  }

  func string(_ text: String, _ origin: TemplateNode) -> ResolvedValue {
    ResolvedValue(kind: .scalar(text, isPlain: false), origin: origin)
  }

  private func join(_ argument: TemplateNode, _ node: TemplateNode) -> ResolvedValue? {
    let expected = "needs Fn::Join with a delimiter and a list of strings"
    guard let parts = argument.elements, parts.count == 2 else { return refuse(node, expected) }
    guard let values = resolveAll(parts) else { return nil }
    guard let delimiter = values[0].text, let list = values[1].list, case let texts = list.compactMap(\.text),
      texts.count == list.count
    else { return refuse(node, expected) }
    return string(texts.joined(separator: delimiter), node)
  }

  private func select(_ argument: TemplateNode, _ node: TemplateNode) -> ResolvedValue? {
    guard let parts = argument.elements, parts.count == 2 else {
      return refuse(node, "needs Fn::Select with an index and a list")
    }
    guard let values = resolveAll(parts) else { return nil }
    guard let index = values[0].text.flatMap({ Int($0) }), let list = values[1].list, list.indices.contains(index)
    else {
      return refuse(node, "needs Fn::Select with an index that the list has, found index \(values[0].origin.shown)")
    }
    return list[index]
  }

  private func split(_ argument: TemplateNode, _ node: TemplateNode) -> ResolvedValue? {
    let expected = "needs Fn::Split with a delimiter and a string"
    guard let parts = argument.elements, parts.count == 2 else { return refuse(node, expected) }
    guard let values = resolveAll(parts) else { return nil }
    guard let delimiter = values[0].text, !delimiter.isEmpty, let text = values[1].text else {
      return refuse(node, expected)
    }
    let pieces = text.split(separator: delimiter, omittingEmptySubsequences: false).map { string(String($0), node) }
    return ResolvedValue(kind: .list(pieces), origin: node)
  }

  private func findInMap(_ argument: TemplateNode, _ node: TemplateNode) -> ResolvedValue? {
    guard let parts = argument.elements, parts.count == 3 else {
      return refuse(node, "needs Fn::FindInMap with a map's name and two keys")
    }
    guard let values = resolveAll(parts) else { return nil }
    let keys = values.compactMap(\.text)
    guard keys.count == 3, let found = mappings?[keys[0]]?[keys[1]]?[keys[2]] else {
      return refuse(node, "looks for Mappings.\(keys.joined(separator: ".")), which the template does not have")
    }
    return resolve(found)
  }
}
