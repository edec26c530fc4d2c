/// Reads `AWS::Events::ApiDestination`.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-apidestination.html>
struct APIDestinationReader {
  let resolver: Resolver
  let connections: [ConnectionResource]

  func read(_ entry: ResourceTable.Entry) -> APIDestinationResource? {
    guard let name = resolver.resources.name(of: entry, resolver) else { return nil }
    let properties = PropertySection(entry.properties, resolver)
    defer { properties.finish() }
    properties.skip(["Name"])
    properties.ignore(["Description"])
    let method = properties.requiredString("HttpMethod", oneOf: ["POST", "PUT", "PATCH", "DELETE"])
    let endpoint = properties.requiredString("InvocationEndpoint")
    let rate = properties.int("InvocationRateLimitPerSecond", in: 1...300)
    let connection = connection(properties)
    let addresses = addresses(entry.node["Metadata"]?["Zoetrope"])
    guard let method, let endpoint, let connection else { return nil }
    return APIDestinationResource(
      logicalID: entry.logicalID, name: name, arn: resolver.resources.arn(.apiDestination, name, resolver.pseudo),
      method: method, endpoint: endpoint, rateLimit: rate ?? 300, authorization: connection.authorization,
      headers: connection.headers, query: connection.query, allowedAddresses: addresses)
  }

  private func connection(_ properties: PropertySection) -> ConnectionResource? {
    guard let arn = properties.requiredString("ConnectionArn") else { return nil }
    guard let logicalID = resolver.resources.logicalID(arn: arn, .connection, resolver) else {
      resolver.diagnostics.problem(
        properties.node["ConnectionArn"] ?? properties.node,
        "must be !GetAtt NAME.Arn of a connection of this template, found '\(arn)'")
      return nil
    }
    // One that could not be read has been reported.
    return connections.first { $0.logicalID == logicalID }
  }

  /// `Metadata.Zoetrope.AllowedAddresses`, which other platforms pass over. An empty text lists none.
  private func addresses(_ node: TemplateNode?) -> [String] {
    guard let node else { return [] }
    guard node.members != nil, node.intrinsic == nil else {
      resolver.diagnostics.problem(node, "must be a map, found \(node.shown)")
      return []
    }
    let section = PropertySection(node, resolver)
    defer { section.finish() }
    guard let value = section.value("AllowedAddresses") else { return [] }
    guard let text = value.text else {
      resolver.diagnostics.problem(value.origin, "must be a string, found \(value.shown)")
      return []
    }
    return text.split { $0 == "," || $0.isWhitespace }.map(String.init)
  }
}
