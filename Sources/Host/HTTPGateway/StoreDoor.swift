import Encodings
package import HTTPServer
import HTTPTypes
package import HummingbirdCore
package import S3Server

/// Presigned requests to the store on the functions' port, below `/_store/BUCKET/KEY`: for clients of a proxy in front of this
/// port alone. The signature says what is allowed.
package struct StoreDoor: Sendable {
  static let prefix = "/_store"

  private let s3: S3Responder
  private let endpoint: @Sendable () -> String?
  private let proxies: TrustedProxies

  /// - Parameters:
  ///   - endpoint: what presigned addresses begin with; nil until the store listens.
  ///   - proxies: whose word is taken for how clients call this port.
  package init(s3: S3Responder, endpoint: @escaping @Sendable () -> String?, proxies: TrustedProxies) {
    self.s3 = s3
    self.endpoint = endpoint
    self.proxies = proxies
  }

  /// What is passed on. Everything else that a browser sends (cookies, a session) means nothing to the store.
  private static let passed: Set<String> = [
    "access-control-request-headers", "access-control-request-method", "content-encoding", "content-length",
    "content-md5", "content-type", "expect", "if-match", "if-modified-since", "if-none-match", "if-range",
    "if-unmodified-since", "origin", "range", "transfer-encoding",
  ]

  func takes(_ address: RequestAddress) -> Bool {
    address.function == nil && address.path.hasPrefix("\(Self.prefix)/")
  }

  /// What addresses for a request's caller begin with, in place of the store's own; nil if no trusted proxy sent it.
  func base(_ head: HTTPRequest, peer: String) -> String? {
    guard proxies.contains(peer) else { return nil }
    let source = RequestSource(head, peer: peer, trusted: proxies)
    guard RequestAddress.isAuthority(source.authority) else { return nil }
    return "\(source.scheme)://\(source.authority)\(Self.prefix)"
  }

  func respond(to request: Request, _ address: RequestAddress, context: EndpointContext) async -> Response {
    let isSigned = QueryString.parse(address.query).contains { $0.name == "X-Amz-Signature" }
    guard isSigned || request.method == .options else { return Refusal.forbidden.response }
    var fields = HTTPFields()
    for field in request.headers {
      let name = field.name.canonicalName
      if Self.passed.contains(name) || name.hasPrefix("x-amz-") { fields.append(field) }
    }
    let path = String(address.path.dropFirst(Self.prefix.count))
    // The signature names the store's own host.
    let head = HTTPRequest(
      method: request.method, scheme: "http", authority: endpoint()?.split(separator: "/").last.map(String.init),
      path: address.query.isEmpty ? path : "\(path)?\(address.query)", headerFields: fields)
    var response = await s3.respond(to: Request(head: head, body: request.body), context: context)
    // What was uploaded must not run as a page of this origin.
    response.headers.set("content-security-policy", "default-src 'none'; sandbox")
    response.headers.set("x-content-type-options", "nosniff")
    return response
  }
}
