import Encodings
import HTTPServer
import Checksums
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import S3Server
import WebPages

/// The player and the console as files over HTTP: with an entity tag each, compressed, and under a policy that lets them
/// load nothing from anywhere else.
struct PageFiles: Sendable {
  private struct File {
    var contentType: String
    var etag: String
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
  /// - Parameter embedPolicy: of `/embed`; without one there is no such page.
  init(_ pages: [WebPage] = WebPages.all, embedPolicy: String? = nil) {
    self.embedPolicy = embedPolicy
    files = Dictionary(
      pages.map { page in
        let bytes = Self.served(page)
        let file = File(
          contentType: page.contentType, etag: "\"\(Digest.sha256(bytes).hexString.prefix(32))\"",
          bytes: ByteBuffer(bytes: bytes), compressed: Gzip.compress(bytes).map { ByteBuffer(bytes: $0) },
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

  /// As files on any web server the pages look for videos in the bucket that their address names; here they ask this
  /// server.
  private static func served(_ page: WebPage) -> [UInt8] {
    guard page.contentType.hasPrefix("text/html") else { return page.bytes }
    let text = String(decoding: page.bytes, as: UTF8.self)
    let mark = "name=\"zoetrope-server\" content=\"\""
    guard let range = text.firstRange(of: mark) else { return page.bytes }
    let kind = page.path == EmbedPages.page ? "embed" : "yes"
    let filled = "name=\"zoetrope-server\" content=\"\(kind)\""
    return Array((text[..<range.lowerBound] + filled + text[range.upperBound...]).utf8)
  }

  private func answer(_ path: String, _ request: Request) -> Response {
    guard let file = files[path] else { return Response(status: .notFound) }
    var headers: HTTPFields = [
      .contentType: file.contentType, .eTag: file.etag, .vary: "Accept-Encoding",
      // Asked for again each time and rarely sent again: a new version of the program has other files.
      .cacheControl: "no-cache", .xContentTypeOptions: "nosniff", .contentSecurityPolicy: Self.policy,
      .referrerPolicy: "no-referrer", .crossOriginOpenerPolicy: "same-origin",
      .crossOriginResourcePolicy: "same-origin",
    ]
    if path == EmbedPages.page {
      headers[.contentSecurityPolicy] = embedPolicy
      headers[.crossOriginResourcePolicy] = "cross-origin"
    }
    let known = (request.headers[.ifNoneMatch] ?? "").split(separator: ",")
      .map { $0.drop { $0 == " " || $0 == "W" || $0 == "/" } }
    if known.contains(where: { $0.prefix(file.etag.count) == file.etag[...] || $0 == "*" }) {
      return Response(status: .notModified, headers: headers)
    }
    if let compressed = file.compressed, Self.acceptsGzip(request.headers[.acceptEncoding] ?? "") {
      headers[.contentEncoding] = "gzip"
      return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: compressed))
    }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
  }

  /// RFC 9110 §12.5.3; a client that gives gzip a weight of 0 refuses it.
  static func acceptsGzip(_ header: String) -> Bool {
    header.split(separator: ",").contains { part in
      let pieces = part.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
      guard let coding = pieces.first, coding == "gzip" || coding == "*" else { return false }
      return !pieces.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
    }
  }
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name("referrer-policy")!
  static let crossOriginOpenerPolicy = HTTPField.Name("cross-origin-opener-policy")!
}
