package import S3Storage

/// A file of an object's bytes.
package struct StoredFile: Sendable, Equatable, Codable {
  /// See `ObjectFiles`.
  package let name: String
  /// In bytes.
  package let size: Int64

  package init(name: String, size: Int64) {
    self.name = name
    self.size = size
  }
}

/// The column `objects.detail`.
package struct ObjectDetail: Sendable, Equatable, Codable {
  /// Its bytes are these files one after another.
  package var files: [StoredFile]
  package var attributes: ObjectAttributes
  package var checksum: StoredChecksum?
  package var parts: [ObjectPart]
  /// The multipart upload that made it, for clients that complete one twice because they missed the answer.
  package var uploadID: String?

  package init(
    files: [StoredFile], attributes: ObjectAttributes, checksum: StoredChecksum?, parts: [ObjectPart],
    uploadID: String? = nil
  ) {
    self.files = files
    self.attributes = attributes
    self.checksum = checksum
    self.parts = parts
    self.uploadID = uploadID
  }
}

/// The column `uploads.detail`.
struct UploadDetail: Codable {
  var attributes: ObjectAttributes
  /// `ChecksumAlgorithm` and `ObjectChecksums.Kind`, where the upload has them.
  var checksumAlgorithm: String?
  var checksumKind: String?
  /// The client asked for none.
  var isDefaultChecksum: Bool?
}

/// The column `parts.detail`.
package struct PartDetail: Sendable, Equatable, Codable {
  package var files: [StoredFile]
  package var checksum: StoredChecksum?

  package init(files: [StoredFile], checksum: StoredChecksum?) {
    self.files = files
    self.checksum = checksum
  }
}
