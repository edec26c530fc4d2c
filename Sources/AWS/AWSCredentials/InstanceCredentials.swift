import Encodings
package import HTTPTransport
package import Core
import SigV4

/// The credentials of the role of the virtual machine that this runs on, by version 2 of its metadata service.
///
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
package struct InstanceCredentials: CredentialsSource {
  private static let path = "/latest/meta-data/iam/security-credentials/"

  private let endpoint: String
  private let http: any HTTPClient
  /// Of each question, several of which are asked one after the other.
  private let timeout: Duration

  /// Reads `AWS_EC2_METADATA_SERVICE_ENDPOINT` and `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE` (`IPv4`, `IPv6`); nil
  /// where `AWS_EC2_METADATA_DISABLED` is true. Problems stay in the reader.
  package init?(environment: inout EnvironmentReader, http: any HTTPClient, timeout: Duration = .seconds(1)) {
    guard !environment.bool("AWS_EC2_METADATA_DISABLED", default: false) else { return nil }
    self.http = http
    self.timeout = timeout
    if let text = environment.optional("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
      if !text.hasPrefix("http://") {
        environment.reject("AWS_EC2_METADATA_SERVICE_ENDPOINT must be an address like 'http://…', found '\(text)'")
      }
      endpoint = String(text.reversed().drop { $0 == "/" }.reversed())
    } else {
      let mode = environment.optional("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased()
      endpoint = mode == "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
    }
  }

  /// A token each time, as credentials are fetched a few times a day: one that is kept could expire.
  package func fetch() async throws -> TemporaryCredentials {
    do {
      let token = try await ask("PUT", "/latest/api/token", ("x-aws-ec2-metadata-token-ttl-seconds", "60"))
      let authority = ("x-aws-ec2-metadata-token", token)
      let roles = try await ask("GET", Self.path, authority).split(whereSeparator: \.isNewline)
      guard let role = roles.first else {
        throw CredentialsError("this instance has no role", isRetryable: false)
      }
      let path = Self.path + PercentEncoding.encode(String(role), keepSlash: false)
      let document = try await ask("GET", path, authority)
      return try TemporaryCredentials(document: Array(document.utf8), from: endpoint + path)
    } catch let error as TransportError {
      throw CredentialsError(
        "no credentials: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY nor a container's are set, and the "
          + "metadata service of an instance cannot be reached at \(endpoint): \(error.message)")
    }
  }

  private func ask(_ method: String, _ path: String, _ header: (String, String)) async throws -> String {
    var request = HTTPRequest(method: method, url: endpoint + path, headers: HTTPHeaders([header]))
    request.connectTimeout = timeout
    request.totalTimeout = timeout * 5
    request.maximumResponseBytes = 64 << 10
    let response = try await http.send(request)
    guard response.status == 200, let text = String(validating: response.body, as: UTF8.self) else {
      throw CredentialsError(
        "the credentials of this instance could not be had: \(endpoint)\(path) answered with status "
          + "\(response.status)",
        isRetryable: response.status == 429 || response.status >= 500)
    }
    return text
  }
}
