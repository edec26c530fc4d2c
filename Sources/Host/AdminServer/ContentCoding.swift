import CZlib
package import HTTPTypes
package import HummingbirdCore
import NIOCore

/// Gzip for what this port answers: a visitor far away waits for bytes more than for anything else.
///
/// JSON, XML and text are coded while they are sent. The pages' files are coded once, when the program starts. Images, sound
/// and video are small already, and events must not wait in a coder.
package enum ContentCoding {
  /// Below this an answer fits a packet anyway.
  static let leastBytes = 1024

  /// RFC 9110 §12.5.3: what is said of `gzip` itself goes before what is said of all codings; a weight of 0 refuses.
  package static func acceptsGzip(_ header: String) -> Bool {
    var accepted: [String: Bool] = [:]
    for part in header.split(separator: ",") {
      let pieces = part.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
      guard let coding = pieces.first else { continue }
      accepted[coding] = !pieces.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
    }
    return accepted["gzip"] ?? accepted["*"] ?? false
  }

  /// The answer as it is sent: coded if its kind, its length and the request allow that.
  ///
  /// A range is one of the content as it is stored, so neither it nor an answer to a request for one is coded.
  package static func apply(to response: Response, of request: HTTPRequest) -> Response {
    guard response.status == .ok, isText(response.headers[.contentType] ?? "") else { return response }
    var coded = response
    let vary = response.headers[.vary] ?? ""
    if !vary.lowercased().contains("accept-encoding") {
      coded.headers[.vary] = vary.isEmpty ? "Accept-Encoding" : "\(vary), Accept-Encoding"
    }
    guard request.method != .head, acceptsGzip(request.headerFields[.acceptEncoding] ?? ""),
      request.headerFields[.range] == nil, let length = response.body.contentLength, length >= leastBytes,
      !response.headers.contains(.contentEncoding), !response.headers.contains(.contentDigest),
      !(response.headers[.cacheControl] ?? "").contains("no-transform")
    else { return coded }
    let body = response.body
    coded.body = ResponseBody { writer in
      try await body.write(GzipWriter(base: writer, gzip: Gzip(level: Z_BEST_SPEED)))
    }
    coded.headers[.contentEncoding] = "gzip"
    coded.headers[.acceptRanges] = nil
    // RFC 9110 §8.8.3.3: a strong tag names the bytes of one coding. A weak one serves for both.
    if let tag = coded.headers[.eTag], !tag.hasPrefix("W/") { coded.headers[.eTag] = "W/\(tag)" }
    return coded
  }

  static func isText(_ contentType: String) -> Bool {
    let kind = contentType.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    if kind == "text/event-stream" { return false }
    return kind.hasPrefix("text/") || kind.hasSuffix("+json") || kind.hasSuffix("+xml")
      || ["application/json", "application/xml", "application/javascript"].contains(kind)
  }
}

/// Codes a body while it is written.
private struct GzipWriter: ResponseBodyWriter {
  /// Bytes that are coded at once: some tenths of a millisecond.
  private static let step = 64 << 10

  var base: any ResponseBodyWriter
  let gzip: Gzip

  mutating func write(_ buffer: ByteBuffer) async throws {
    var rest = buffer
    while let piece = rest.readSlice(length: min(rest.readableBytes, Self.step)), piece.readableBytes > 0 {
      let coded = try gzip.code(piece, isLast: false)
      if coded.readableBytes > 0 { try await base.write(coded) }
    }
  }

  consuming func finish(_ trailers: HTTPFields?) async throws {
    var base = base
    try await base.write(try gzip.code(ByteBuffer(), isLast: true))
    try await base.finish(trailers)
  }
}

extension HTTPField.Name {
  fileprivate static let contentDigest = HTTPField.Name("content-digest")!
}
