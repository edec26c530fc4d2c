package import Checksums
package import S3Protocol

/// The checksum that every part of an upload gets, and how the object's is made from them.
package struct UploadChecksum: Sendable, Equatable {
  package let algorithm: ChecksumAlgorithm
  package let kind: ObjectChecksums.Kind

  package init(algorithm: ChecksumAlgorithm, kind: ObjectChecksums.Kind) {
    self.algorithm = algorithm
    self.kind = kind
  }
}
