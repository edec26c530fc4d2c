package import Checksums
package import S3Protocol

/// The checksum that every part of an upload gets, and how the object's is made from them.
package struct UploadChecksum: Sendable, Equatable {
  package let algorithm: ChecksumAlgorithm
  package let kind: ObjectChecksums.Kind
  /// The client asked for none: its parts may have another.
  package let isDefault: Bool

  /// What S3 adds by itself.
  package static let standard = UploadChecksum(algorithm: .crc64nvme, kind: .fullObject, isDefault: true)

  package init(algorithm: ChecksumAlgorithm, kind: ObjectChecksums.Kind, isDefault: Bool = false) {
    self.isDefault = isDefault
    self.algorithm = algorithm
    self.kind = kind
  }
}
