/// Reads `AWS::Events::Connection`.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-connection.html>
struct ConnectionReader {
  let resolver: Resolver

  func read(_ entry: ResourceTable.Entry) -> ConnectionResource? {
    guard let name = resolver.resources.name(of: entry, resolver) else { return nil }
    let properties = PropertySection(entry.properties, resolver)
    defer { properties.finish() }
    properties.skip(["Name"])
    properties.ignore(["Description", "KmsKeyIdentifier"])
    properties.refuse("InvocationConnectivityParameters", "cannot be honoured here: there is no VPC")
    let type = properties.requiredString("AuthorizationType", oneOf: ["API_KEY", "BASIC", "OAUTH_CLIENT_CREDENTIALS"])
    guard properties.required("AuthParameters") != nil, let parameters = properties.section("AuthParameters") else {
      return nil
    }
    defer { parameters.finish() }
    parameters.refuse("OAuthParameters", "cannot be honoured here: use API_KEY or BASIC")
    let authorization = authorization(type, parameters)
    let (headers, query) = common(parameters)
    guard let authorization else { return nil }
    return ConnectionResource(
      logicalID: entry.logicalID, name: name, authorization: authorization, headers: headers, query: query)
  }

  private func authorization(
    _ type: String?, _ parameters: PropertySection
  ) -> ConnectionResource.Authorization? {
    switch type {
    case "API_KEY":
      guard parameters.required("ApiKeyAuthParameters") != nil,
        let section = parameters.section("ApiKeyAuthParameters")
      else { return nil }
      defer { section.finish() }
      guard let name = section.requiredString("ApiKeyName"), let value = section.requiredString("ApiKeyValue") else {
        return nil
      }
      return .apiKey(name: name, value: value)
    case "BASIC":
      guard parameters.required("BasicAuthParameters") != nil, let section = parameters.section("BasicAuthParameters")
      else { return nil }
      defer { section.finish() }
      guard let username = section.requiredString("Username"), let password = section.requiredString("Password") else {
        return nil
      }
      return .basic(username: username, password: password)
    case "OAUTH_CLIENT_CREDENTIALS":
      resolver.diagnostics.problem(
        parameters.node, "has the type OAUTH_CLIENT_CREDENTIALS, which cannot be honoured here: use API_KEY or BASIC")
      return nil
    default: return nil
    }
  }

  /// `InvocationHttpParameters`: what every request has.
  private func common(_ parameters: PropertySection) -> (headers: [NamedText], query: [NamedText]) {
    guard let section = parameters.section("InvocationHttpParameters") else { return ([], []) }
    defer { section.finish() }
    section.refuse("BodyParameters", "cannot be honoured here: use an InputTransformer")
    return (pairs(section, "HeaderParameters"), pairs(section, "QueryStringParameters"))
  }

  private func pairs(_ section: PropertySection, _ name: String) -> [NamedText] {
    section.sections(name).compactMap { pair in
      defer { pair.finish() }
      pair.skip(["IsValueSecret"])
      guard let key = pair.requiredString("Key"), let value = pair.requiredString("Value") else { return nil }
      return NamedText(key, value)
    }
  }
}
