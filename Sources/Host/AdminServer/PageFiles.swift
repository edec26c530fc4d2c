import Encodings
import HTTPServer
import Checksums
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import S3Server
import PageBundles

/// Pages as files over HTTP: with an entity tag each, compressed, and under a policy that lets them
/// load nothing from anywhere else.
struct PageFiles: Sendable {
  private struct File {
    var contentType: String
    /// Of its content.
    var tag: String
    var bytes: ByteBuffer
    var compressed: ByteBuffer?
    var routeParameter: String?
  }

  private let files: [String: File]
  /// `nil` if the player may not be framed.
  private let embedPolicy: String?

  /// https://www.w3.org/TR/CSP3/
  static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    + "require-trusted-types-for 'script'; trusted-types 'none'"

  /// Reads and compresses them all: some hundredths of a second.
  ///
  /// - Parameters:
  ///   - plain: as they are in their folder.
  ///   - embedPolicy: of `/embed`; without one there is no such page.
  init(_ plain: [WebPage], embedPolicy: String? = nil) {
    self.embedPolicy = embedPolicy
    let tag = { (bytes: [UInt8]) in String(Digest.sha256(bytes).hexString.prefix(32)) }
    files = Dictionary(
      ServedPages.make(from: plain, tag: tag).map { page in
        let file = File(
          contentType: page.contentType, tag: tag(page.bytes),
          bytes: ByteBuffer(bytes: page.bytes),
          compressed: ContentCoding.isText(page.contentType) ? Gzip.compress(page.bytes) : nil,
          routeParameter: page.routeParameter)
        return (page.path, file)
      }, uniquingKeysWith: { first, _ in first })
  }

  func add(to router: Router<EndpointContext>) {
    for path in files.keys where path != EmbedPages.page || embedPolicy != nil {
      let parameter = files[path]?.routeParameter
      router.get(RouterPath(path)) { request, _ in
        // An answer without a body: the template's route of this path takes the request.
        if let parameter, request.uri.queryParameters[parameter[...]] != nil { return Response(status: .notFound) }
        return answer(path, request)
      }
    }
  }

  private func answer(_ path: String, _ request: Request) -> Response {
    guard let file = files[path] else { return Response(status: .notFound) }
    let compressed = ContentCoding.acceptsGzip(request.headers[.acceptEncoding] ?? "") ? file.compressed : nil
    // RFC 9110 §8.8.3.3: each coding has a tag of its own.
    let (plain, coded) = ("\"\(file.tag)\"", "\"\(file.tag)-gzip\"")
    // An address with a tag names this content and no other. Without one the file is asked for again each time, and rarely
    // sent again: a new version of the program has other files.
    let isTagged = request.uri.queryParameters[ServedPages.tagParameter[...]].map { $0 == file.tag } ?? false
    var headers: HTTPFields = [
      .contentType: file.contentType, .eTag: compressed == nil ? plain : coded, .vary: "Accept-Encoding",
      .cacheControl: isTagged ? "public, max-age=31536000, immutable" : "no-cache",
      .xContentTypeOptions: "nosniff", .contentSecurityPolicy: Self.policy,
      .referrerPolicy: "no-referrer", .crossOriginOpenerPolicy: "same-origin",
      .crossOriginResourcePolicy: "same-origin",
    ]
    if path == EmbedPages.page {
      headers[.contentSecurityPolicy] = embedPolicy
      headers[.crossOriginResourcePolicy] = "cross-origin"
    }
    let known = (request.headers[.ifNoneMatch] ?? "").split(separator: ",")
      .map { String($0.drop { $0 == " " || $0 == "W" || $0 == "/" }.prefix { $0 != " " }) }
    // The client has this content, in whichever coding it took it.
    if let tag = known.first(where: { [plain, coded, "*"].contains($0) }) {
      if tag != "*" { headers[.eTag] = tag }
      return Response(status: .notModified, headers: headers)
    }
    if let compressed {
      headers[.contentEncoding] = "gzip"
      return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: compressed))
    }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
  }
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name("referrer-policy")!
  static let crossOriginOpenerPolicy = HTTPField.Name("cross-origin-opener-policy")!
}
