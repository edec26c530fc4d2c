import FoundationEssentials
package import HTTPTransport
package import Core

/// The credentials of the task or pod that this container belongs to.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
package struct ContainerCredentials: CredentialsSource {
  private enum Authorization: Sendable {
    case none
    case token(String)
    /// Read again each time, because its content changes.
    case file(String)
  }

  private static let host = "http://169.254.170.2"
  /// Where plain HTTP may be spoken besides loopback: the addresses of Amazon ECS and EKS.
  private static let trusted: Set<String> = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"]

  private let address: String
  private let authorization: Authorization
  private let http: any HTTPClient

  /// Reads `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI`, and
  /// `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or `AWS_CONTAINER_AUTHORIZATION_TOKEN`; nil where neither address is
  /// given. Problems stay in the reader.
  package init?(environment: inout EnvironmentReader, http: any HTTPClient) {
    self.http = http
    if let path = environment.optional("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
      if !path.hasPrefix("/") {
        environment.reject("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must be a path like '/v2/…', found '\(path)'")
      }
      address = Self.host + path
    } else if let text = environment.optional("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
      if !Self.isTrusted(text) {
        environment.reject(
          "AWS_CONTAINER_CREDENTIALS_FULL_URI must be an https address, or an http one on loopback or of Amazon's "
            + "container agents, found '\(text)'")
      }
      address = text
    } else {
      return nil
    }
    if let file = environment.optional("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
      authorization = .file(file)
    } else if let token = environment.optional("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
      if !Self.isHeaderValue(token) {
        environment.reject("AWS_CONTAINER_AUTHORIZATION_TOKEN must be one line")
      }
      authorization = .token(token)
    } else {
      authorization = .none
    }
  }

  package func fetch() async throws -> TemporaryCredentials {
    var headers = HTTPHeaders([("accept", "application/json")])
    if let token = try await token() { headers.add("authorization", token) }
    var request = HTTPRequest(url: address, headers: headers)
    request.connectTimeout = .seconds(2)
    request.totalTimeout = .seconds(5)
    request.maximumResponseBytes = 64 << 10
    let response = try await http.send(request)
    guard response.status == 200 else {
      throw CredentialsError(
        "the credentials of this container could not be had: \(address) answered with status \(response.status)",
        isRetryable: response.status == 429 || response.status >= 500)
    }
    return try TemporaryCredentials(document: response.body, from: address)
  }

  private func token() async throws -> String? {
    switch authorization {
    case .none: return nil
    case .token(let token): return token
    case .file(let path):
      // A small file, usually in memory; a blocked disk must not block the cooperative pool all the same.
      let content = try? await DedicatedThread.run(name: "credentials") {
        try String(contentsOf: URL(filePath: path), encoding: .utf8)
      }
      let token = content?.split(whereSeparator: \.isNewline).first.map(String.init)
      guard let token, Self.isHeaderValue(token) else {
        throw CredentialsError(
          "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE must name a file with one line, found none in '\(path)'")
      }
      return token
    }
  }

  private static func isTrusted(_ text: String) -> Bool {
    if text.hasPrefix("https://") { return text.count > 8 }
    guard text.hasPrefix("http://") else { return false }
    let authority = text.dropFirst(7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let host = NetworkHost(authority: authority) else { return false }
    return host.isLoopback || trusted.contains(host.name)
  }

  private static func isHeaderValue(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 16 << 10 && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }
}
