import Encodings

/// A checksum of bytes that arrive in pieces. One owner at a time; not `Sendable`.
package final class ChecksumStream {
  package let algorithm: ChecksumAlgorithm
  private var register32: UInt32 = .max
  private var register64: UInt64 = .max
  private let digest: DigestStream?

  package init(_ algorithm: ChecksumAlgorithm) {
    self.algorithm = algorithm
    digest =
      switch algorithm {
      case .sha1: DigestStream(.sha1)
      case .sha256: DigestStream(.sha256)
      case .crc32, .crc32c, .crc64nvme: nil
      }
  }

  package func update(_ bytes: UnsafeRawBufferPointer) {
    switch algorithm {
    case .crc32: register32 = CRC.crc32.advance(register32, over: bytes)
    case .crc32c: register32 = CRC.crc32c.advance(register32, over: bytes)
    case .crc64nvme: register64 = CRC.crc64nvme.advance(register64, over: bytes)
    case .sha1, .sha256: digest?.update(bytes)
    }
  }

  package func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The value as S3 transmits it, most significant byte first. Call one of the two finalizers, once.
  package func finalize() -> [UInt8] {
    switch algorithm {
    case .crc32, .crc32c: withUnsafeBytes(of: (~register32).bigEndian) { [UInt8]($0) }
    case .crc64nvme: withUnsafeBytes(of: (~register64).bigEndian) { [UInt8]($0) }
    case .sha1, .sha256: digest?.finalize() ?? []
    }
  }

  /// The value as it stands in `x-amz-checksum-*`.
  package func finalizeBase64() -> String { Base64.encode(finalize()) }
}
