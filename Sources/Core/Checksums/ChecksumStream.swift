import Encodings

/// A checksum of bytes that arrive in pieces. One owner at a time; not `Sendable`.
package final class ChecksumStream {
  package let algorithm: ChecksumAlgorithm
  private var state: State

  private enum State {
    case crc32(UInt32)
    case crc32c(UInt32)
    case crc64(UInt64)
    case digest(DigestStream)
    case md5(MD5Stream)
    case xxhash(XXHashStream)
  }

  package init(_ algorithm: ChecksumAlgorithm) {
    self.algorithm = algorithm
    state =
      switch algorithm {
      case .crc32: .crc32(.max)
      case .crc32c: .crc32c(.max)
      case .crc64nvme: .crc64(.max)
      case .sha1: .digest(DigestStream(.sha1))
      case .sha256: .digest(DigestStream(.sha256))
      case .sha512: .digest(DigestStream(.sha512))
      case .md5: .md5(MD5Stream())
      case .xxhash64: .xxhash(XXHashStream(.xxh64))
      case .xxhash3: .xxhash(XXHashStream(.xxh3))
      case .xxhash128: .xxhash(XXHashStream(.xxh128))
      }
  }

  package func update(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .crc32(let register): state = .crc32(CRC.crc32.advance(register, over: bytes))
    case .crc32c(let register): state = .crc32c(CRC.crc32c.advance(register, over: bytes))
    case .crc64(let register): state = .crc64(CRC.crc64nvme.advance(register, over: bytes))
    case .digest(let stream): stream.update(bytes)
    case .md5(let stream): stream.update(bytes)
    case .xxhash(let stream): stream.update(bytes)
    }
  }

  package func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The value as S3 transmits it, most significant byte first. Call one of the two finalizers, once.
  package func finalize() -> [UInt8] {
    switch state {
    case .crc32(let register), .crc32c(let register): withUnsafeBytes(of: (~register).bigEndian) { [UInt8]($0) }
    case .crc64(let register): withUnsafeBytes(of: (~register).bigEndian) { [UInt8]($0) }
    case .digest(let stream): stream.finalize()
    case .md5(let stream): stream.finalize()
    case .xxhash(let stream): stream.finalize()
    }
  }

  /// The value as it stands in `x-amz-checksum-*`.
  package func finalizeBase64() -> String { Base64.encode(finalize()) }
}
