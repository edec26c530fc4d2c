/// The checksums that S3 takes in `x-amz-checksum-*`, under the names of `x-amz-checksum-algorithm`.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
package enum ChecksumAlgorithm: String, CaseIterable, Sendable {
  case crc32 = "CRC32"
  case crc32c = "CRC32C"
  case crc64nvme = "CRC64NVME"
  case sha1 = "SHA1"
  case sha256 = "SHA256"

  /// The header (or trailer) that carries the value in base64: `x-amz-checksum-crc32c`.
  package var headerName: String { "x-amz-checksum-\(rawValue.lowercased())" }

  /// Length of the value in bytes, before base64.
  package var byteCount: Int {
    switch self {
    case .crc32, .crc32c: 4
    case .crc64nvme: 8
    case .sha1: 20
    case .sha256: 32
    }
  }
}
