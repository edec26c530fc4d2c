import Core
import Encodings
import HTTPServer
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import S3Protocol
package import S3Server

/// The player for frames on pages of other sites: `/embed`, and what it reads below `/public/BUCKET/KEY`.
///
/// Both are open to every caller, so they exist only if every bucket that the pages read is public (`--public-read`).
/// Requests come without credentials and stay so.
package struct EmbedPages: Sendable {
  static let page = "/embed"
  static let prefix = "/public"

  let s3: S3Responder
  let site: PagesAPI.Site
  /// Origins whose pages may frame the player; `*` for all.
  let origins: [String]

  /// - Parameter publicReads: what `--public-read` names.
  /// - Returns: `nil` if a bucket of the pages is not public, or there is none.
  package init?(_ s3: S3Responder?, site: PagesAPI.Site, publicReads: [S3ServerConfiguration.PublicRead]) {
    guard let s3, let origins = Self.origins(of: site.readable, publicReads) else { return nil }
    self.s3 = s3
    self.site = site
    self.origins = origins
  }

  /// Origins that may read all of these buckets; `nil` if there is none.
  static func origins(of buckets: Set<String>, _ publicReads: [S3ServerConfiguration.PublicRead]) -> [String]? {
    var common: Set<String> = ["*"]
    for bucket in buckets {
      let own = Set(publicReads.filter { $0.bucket == bucket }.map(\.origin))
      if own.isEmpty { return nil }
      if own.contains("*") { continue }
      common = common.contains("*") ? own : common.intersection(own)
    }
    return buckets.isEmpty || common.isEmpty ? nil : common.sorted()
  }

  /// As the pages' own, but for who may frame it.
  var policy: String {
    PageFiles.policy.replacing("frame-ancestors 'none'", with: "frame-ancestors \(origins.joined(separator: " "))")
  }

  func add(to router: Router<EndpointContext>) {
    router.get(RouterPath("\(Self.page)/site")) { _, _ in
      Response(
        status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.encode(site))))
    }
    let objects = router.group(RouterPath(Self.prefix))
    for method in [HTTPRequest.Method.get, .head] { objects.on("/**", method: method, use: respond) }
  }

  private func respond(to request: Request, context: EndpointContext) async throws -> Response {
    var fields = HTTPFields()
    for name in StoreProxy.readHeaders { fields[name] = request.headers[name] }
    let whole = StoreProxy.objectPath(String(request.head.path?.dropFirst(Self.prefix.count) ?? ""))
    let parts = whole.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    // Nothing but the version: other members ask for something else than the object.
    let version = parts.count == 2 ? QueryParameters(String(parts[1])).value("v") : nil
    let query = version.map { "?v=\(PercentEncoding.encode($0))" } ?? ""
    let head = HTTPRequest(
      method: request.method, scheme: request.head.scheme, authority: "localhost", path: parts[0] + query,
      headerFields: fields)
    guard s3.isPublic(head) else {
      throw HTTPError(.forbidden, message: "only objects of public buckets are here")
    }
    var response = await s3.respond(to: Request(head: head, body: .init(buffer: ByteBuffer())), context: context)
    // For the framed player, which has this origin. Pages of others have the store's own port.
    response.headers[.crossOriginResourcePolicy] = "same-origin"
    return response
  }
}
