import Core
/// How a streamed answer begins: status, headers and cookies as JSON, eight zero bytes, then the body.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/response-streaming.html>
package enum StreamPrelude {
  /// The content type that tells the gateway that the stream has a prelude.
  package static let contentType = "application/vnd.awslambda.http-integration-response"
  static let delimiter = [UInt8](repeating: 0, count: 8)
  /// More metadata than this is refused, in bytes.
  package static let maximumBytes = 64 << 10

  /// The metadata and the delimiter.
  ///
  /// - Parameter head: its body's bytes are not part of the prelude; a reference is.
  package static func encode(_ head: HTTPResult) -> [UInt8] {
    var writer = JSONWriter(capacity: 256)
    writer.object { head.writeHead(to: &$0) }
    return writer.bytes + delimiter
  }

  /// Takes a stream's bytes as they come and finds where the metadata ends.
  package struct Parser: Sendable {
    package enum Progress: Sendable, Equatable {
      case needsMore
      /// The metadata, and what of the last bytes belongs to the body.
      case head(HTTPResult, rest: [UInt8])
    }

    private var collected: [UInt8] = []

    package init() {}

    /// - Parameter bytes: the next ones; not to be called again after a head was returned.
    /// - Throws: `InvalidHTTPResult` if this is no prelude.
    package mutating func take(_ bytes: some Sequence<UInt8>) throws -> Progress {
      collected.append(contentsOf: bytes)
      // JSON has no zero byte, so the first one begins the delimiter.
      guard let end = collected.firstIndex(of: 0) else {
        if collected.count > StreamPrelude.maximumBytes { throw tooLong }
        return .needsMore
      }
      if end > StreamPrelude.maximumBytes { throw tooLong }
      let delimiter = collected[end...].prefix(StreamPrelude.delimiter.count)
      guard delimiter.allSatisfy({ $0 == 0 }) else {
        throw InvalidHTTPResult(message: "a streamed answer's metadata must end with eight zero bytes")
      }
      guard delimiter.count == StreamPrelude.delimiter.count else { return .needsMore }
      let metadata = Array(collected[..<end])
      let rest = Array(collected[delimiter.endIndex...])
      collected = []
      return .head(metadata.isEmpty ? HTTPResult() : try HTTPResult(metadata: metadata), rest: rest)
    }

    private var tooLong: InvalidHTTPResult {
      InvalidHTTPResult(
        message:
          "a streamed answer's metadata must have at most \(StreamPrelude.maximumBytes) bytes and end with eight "
          + "zero bytes")
    }
  }
}
