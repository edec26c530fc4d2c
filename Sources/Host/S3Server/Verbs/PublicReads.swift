import S3Storage
import HTTPServer
package import HTTPTypes
import HummingbirdCore
import NIOCore
import S3Protocol

/// Buckets that may be read without a signature, and what pages of other origins may do.
extension S3Responder {
  /// Whether a request without a body would be served without a signature.
  package func isPublic(_ head: HTTPRequest) -> Bool {
    let (path, query) = head.pathAndQuery
    guard let target = try? RequestTarget(path: path, host: head.authority, baseDomains: configuration.baseDomains),
      let operation = try? S3Operation(
        method: head.method, target: target, query: QueryParameters(query), headers: head.headerFields)
    else { return false }
    return isPublicRead(operation, Request(head: head, body: .init(buffer: ByteBuffer())))
  }

  /// Whether this is GET or HEAD of an object in a public bucket, without a signature. A request that carries one is held
  /// to it.
  func isPublicRead(_ operation: S3Operation, _ request: Request) -> Bool {
    let bucket: String
    switch operation {
    case .getObject(let address), .headObject(let address): bucket = address.bucket
    default: return false
    }
    guard configuration.publicReads.contains(where: { $0.bucket == bucket }) else { return false }
    let names = QueryParameters(request.head.pathAndQuery.query).names
    return request.headers[.authorization] == nil
      // Signatures, and what only a signed request may ask for.
      && !names.contains { name in
        let name = name.lowercased()
        return name.hasPrefix("x-amz-") || name.hasPrefix("response-") || name == "signature" || name == "uploadid"
      }
  }

  /// Long caching where the address names the version; else a while, so that a new upload is seen.
  func addPublicHeaders(to response: inout Response, _ request: Request, bucket: String) {
    if response.status.kind == .successful, response.headers[.cacheControl] == nil {
      let namesVersion = QueryParameters(request.head.pathAndQuery.query).has("v")
      response.headers[.cacheControl] =
        namesVersion
        ? "public, max-age=31536000, immutable" : "public, max-age=300, stale-while-revalidate=86400"
    }
    // What was uploaded must not run as a page of this origin.
    response.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers.set("cross-origin-resource-policy", "cross-origin")
  }

  /// The CORS rules of a public bucket.
  func publicRules(of bucket: String) -> CORSConfiguration? {
    let origins = configuration.publicReads.filter { $0.bucket == bucket }.map(\.origin)
    guard !origins.isEmpty else { return nil }
    var rule = CORSConfiguration.Rule(allowedOrigins: origins, allowedMethods: ["GET", "HEAD"])
    rule.allowedHeaders = ["*"]
    rule.exposedHeaders = ["ETag", "Content-Length", "Content-Range", "Accept-Ranges", "Last-Modified"]
    rule.maximumAgeSeconds = 86400
    return CORSConfiguration(rules: [rule])
  }

  /// A page of another origin that signs in the head needs its bucket's permission. Presigned addresses and forms carry
  /// theirs, preflights ask for it, and public buckets give it.
  ///
  /// - Throws: `AccessDenied`.
  func allowForeign(_ request: Request, _ bucket: String?) async throws {
    guard request.headers[.authorization] != nil else { return }
    if let bucket, let origin = request.headers[.origin],
      let rules = try await corsRules(of: bucket), rules.rule(origin: origin, method: request.method.rawValue) != nil
    {
      return
    }
    throw S3Error(
      .accessDenied, message: "Pages of other origins need a CORS configuration of the bucket that allows their origin."
    )
  }
}
