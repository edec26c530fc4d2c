/// Reads `FunctionUrlConfig`.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-functionurlconfig.html>
struct FunctionURLReader {
  let resolver: Resolver

  func read(_ properties: PropertySection) -> FunctionURL? {
    guard let section = properties.section("FunctionUrlConfig") else { return nil }
    defer { section.finish() }
    let type = section.requiredString("AuthType", oneOf: ["AWS_IAM", "NONE"])
    let mode = section.string("InvokeMode", oneOf: FunctionURL.InvokeMode.allCases.map(\.rawValue))
    let cors = CORSReader(resolver: resolver).functionURL(section)
    return FunctionURL(
      authorization: type == "AWS_IAM" ? .iam : .none,
      invokeMode: mode.flatMap(FunctionURL.InvokeMode.init) ?? .buffered, cors: cors)
  }
}
