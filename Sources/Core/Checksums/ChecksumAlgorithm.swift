/// The checksums that S3 takes in `x-amz-checksum-*`, under the names of `x-amz-checksum-algorithm`.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
package enum ChecksumAlgorithm: String, CaseIterable, Sendable {
  case crc32 = "CRC32"
  case crc32c = "CRC32C"
  case crc64nvme = "CRC64NVME"
  case sha1 = "SHA1"
  case sha256 = "SHA256"
  case sha512 = "SHA512"
  case md5 = "MD5"
  case xxhash64 = "XXHASH64"
  /// XXH3 of 64 bits.
  case xxhash3 = "XXHASH3"
  /// XXH3 of 128 bits.
  case xxhash128 = "XXHASH128"

  /// The header (or trailer) that carries the value in base64: `x-amz-checksum-crc32c`.
  package var headerName: String { "x-amz-checksum-\(rawValue.lowercased())" }

  /// Length of the value in bytes, before base64.
  package var byteCount: Int {
    switch self {
    case .crc32, .crc32c: 4
    case .crc64nvme, .xxhash64, .xxhash3: 8
    case .md5, .xxhash128: 16
    case .sha1: 20
    case .sha256: 32
    case .sha512: 64
    }
  }
}
