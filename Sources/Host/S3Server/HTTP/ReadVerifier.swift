import Checksums
import S3Storage
import Encodings
import HTTPServer
import Logging
import NIOCore
import S3Protocol

/// Compares the bytes of an object that is read whole with the checksums that it was stored under: what the disk has
/// changed since must not be sent.
///
/// Used by one task at a time.
final class ReadVerifier: @unchecked Sendable {
  private struct Piece {
    let size: Int64
    let algorithm: ChecksumAlgorithm
    /// In base64.
    let expected: String
  }

  private let address: ObjectAddress
  private var pieces: [Piece]
  private var stream: ChecksumStream?
  private var left: Int64 = 0

  /// nil where nothing is known of the object's bytes.
  init?(_ record: ObjectRecord) {
    address = record.address
    let parts = record.parts.compactMap { part in
      part.checksum.map { Piece(size: part.size, algorithm: $0.algorithm, expected: $0.value) }
    }
    if !parts.isEmpty, parts.count == record.parts.count {
      // In the order in which they are needed, from the end.
      pieces = parts.filter { $0.size > 0 }.reversed()
    } else if let checksum = record.checksum, checksum.kind == .fullObject {
      pieces = [Piece(size: record.size, algorithm: checksum.algorithm, expected: checksum.value)]
    } else {
      return nil
    }
  }

  /// Takes the next bytes of the object.
  ///
  /// - Throws: `InternalError` where a piece that ends in them is not what was stored.
  func check(_ block: ByteBuffer, _ context: EndpointContext) throws {
    try block.withUnsafeReadableBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty, let piece = pieces.last {
        if stream == nil { (stream, left) = (ChecksumStream(piece.algorithm), piece.size) }
        let taken = rest.prefix(Int(min(Int64(rest.count), left)))
        stream?.update(UnsafeRawBufferPointer(rebasing: taken))
        rest = rest.dropFirst(taken.count)
        left -= Int64(taken.count)
        guard left == 0 else { return }
        let found = stream?.finalizeBase64()
        (stream, pieces) = (nil, pieces.dropLast())
        guard found == piece.expected else {
          context.logger.error(
            "the bytes of an object are not those that were stored; 'zoetrope verify' lists all such objects",
            metadata: ["bucket": "\(address.bucket)", "key": "\(address.key)", "algorithm": "\(piece.algorithm)"])
          throw S3Error(
            .internalError, message: "The stored bytes of this object are damaged.", resource: address.resource)
        }
      }
    }
  }
}
