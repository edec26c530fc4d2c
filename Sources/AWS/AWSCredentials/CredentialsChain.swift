package import HTTPTransport
package import Core
import SigV4

/// Which credentials an AWS program uses, in the order in which all of them look.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
package enum CredentialsChain {
  /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; else the container's; else the instance's.
  /// Sends no request yet. Problems stay in the reader.
  package static func provider(environment: inout EnvironmentReader, http: any HTTPClient) -> any CredentialsProvider {
    let isSet = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].contains { environment.optional($0) != nil }
    if !isSet {
      if let container = ContainerCredentials(environment: &environment, http: http) {
        return RefreshedCredentials(container)
      }
      if let instance = InstanceCredentials(environment: &environment, http: http) {
        return RefreshedCredentials(instance)
      }
    }
    return Credentials(environment: &environment)
  }
}

extension Credentials {
  /// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` (both required) and `AWS_SESSION_TOKEN`; problems stay in the
  /// reader.
  package init(environment: inout EnvironmentReader) {
    self.init(
      accessKeyID: environment.string("AWS_ACCESS_KEY_ID"),
      secretAccessKey: environment.string("AWS_SECRET_ACCESS_KEY"),
      sessionToken: environment.optional("AWS_SESSION_TOKEN"))
  }
}
