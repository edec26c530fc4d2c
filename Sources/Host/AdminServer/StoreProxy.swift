import S3Storage
import Encodings
package import HTTPServer
import HTTPTypes
import Hummingbird
package import HummingbirdCore
package import Core
import S3Protocol
package import S3Server
package import SigV4

/// The object store as the pages see it, below `/s3/BUCKET/KEY`: a page has no credentials, so what it may ask for is
/// signed here on its behalf and answered by the same server that answers all clients.
///
/// A page may read and list the buckets that the template opens to it, and upload into those that it says so of. Besides,
/// it may use any presigned address of the store that a function has given it.
package struct StoreProxy: Sendable {
  package static let prefix = "/s3"

  package let s3: S3Responder
  package let signer: SigV4Signer
  /// Buckets that pages may read and list.
  package let readable: Set<String>
  /// Buckets that they may upload into.
  package let writable: Set<String>
  package let clock: WallClock
  /// What presigned addresses begin with; nil until the store listens.
  package let endpoint: @Sendable () -> String?

  package init(
    s3: S3Responder, signer: SigV4Signer, readable: Set<String>, writable: Set<String>, clock: WallClock,
    endpoint: @escaping @Sendable () -> String?
  ) {
    self.s3 = s3
    self.signer = signer
    self.readable = readable
    self.writable = writable
    self.clock = clock
    self.endpoint = endpoint
  }

  /// Of requests that read.
  static let readHeaders: [HTTPField.Name] = [
    .range, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange,
  ]
  /// Everything else that a browser sends (cookies, the page's origin …) means nothing to the store.
  private static let passedHeaders: [HTTPField.Name] =
    [.contentLength, .transferEncoding, .contentType] + readHeaders

  package func respond(to request: Request, context: EndpointContext) async throws -> Response {
    var fields = HTTPFields()
    for name in Self.passedHeaders { fields[name] = request.headers[name] }
    let path = String(request.head.path?.dropFirst(Self.prefix.count) ?? "")
    var head = HTTPRequest(
      method: request.method, scheme: request.head.scheme, authority: "localhost", path: path, headerFields: fields)
    if request.uri.queryParameters["X-Amz-Signature"] != nil {
      // The signature says what is allowed, and names the store's own host.
      head.authority = endpoint()?.split(separator: "/").last.map(String.init)
    } else {
      head.path = Self.objectPath(path)
      try allow(head)
      for (name, value) in signer.headers(for: SignableRequest(head), payload: .unsigned, at: clock.now()) {
        if let name = HTTPField.Name(name) { head.headerFields[name] = value }
      }
    }
    var response = await s3.respond(to: Request(head: head, body: request.body), context: context)
    let query = request.uri.queryParameters
    if request.method == .get, response.status.kind == .successful, query["list-type"] == nil {
      // Addresses that name the version of what they show never show anything else.
      response.headers[.cacheControl] = query["v"] == nil ? "private, no-cache" : "private, max-age=31536000, immutable"
    }
    // Whatever was uploaded must not run as a page of this origin.
    response.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.crossOriginResourcePolicy] = "same-origin"
    return response
  }

  /// `/BUCKET/?object=KEY&…` is `/BUCKET/KEY?…`: browsers take `..` out of paths, and keys may have it.
  static func objectPath(_ path: String) -> String {
    let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let key = QueryParameters(String(parts[1])).value("object") else { return path }
    let rest = parts[1].split(separator: "&").filter { !$0.hasPrefix("object=") }.joined(separator: "&")
    let folder = parts[0].hasSuffix("/") ? parts[0] : parts[0] + "/"
    return folder + PercentEncoding.encode(key, keepSlash: true) + (rest.isEmpty ? "" : "?\(rest)")
  }

  /// - Throws: `HTTPError`, status 403 or 400.
  private func allow(_ request: HTTPRequest) throws {
    let parts = (request.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let operation: S3Operation
    do {
      let target = try RequestTarget(path: String(parts.first ?? ""), host: nil, baseDomains: [])
      operation = try S3Operation(
        method: request.method, target: target, query: QueryParameters(parts.count == 2 ? String(parts[1]) : ""),
        headers: request.headerFields)
    } catch {
      throw HTTPError(.badRequest, message: error.message)
    }
    switch operation {
    case .listObjectsV2(let bucket) where readable.contains(bucket): return
    case .getObject(let object) where readable.contains(object.bucket): return
    case .headObject(let object) where readable.contains(object.bucket): return
    case .putObject(let object) where writable.contains(object.bucket): return
    case .createMultipartUpload(let object) where writable.contains(object.bucket): return
    case .uploadPart(let object, _) where writable.contains(object.bucket): return
    case .completeMultipartUpload(let object, _) where writable.contains(object.bucket): return
    case .abortMultipartUpload(let object, _) where writable.contains(object.bucket): return
    case .listParts(let object, _) where writable.contains(object.bucket): return
    default:
      throw HTTPError(.forbidden, message: "\(operation.name) is not among what the pages may do with the store")
    }
  }
}
