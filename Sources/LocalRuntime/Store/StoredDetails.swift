import S3Server

/// A file of an object's bytes.
struct StoredFile: Sendable, Equatable, Codable {
  /// See `ObjectFiles`.
  let name: String
  /// In bytes.
  let size: Int64
}

/// The column `objects.detail`.
struct ObjectDetail: Codable {
  /// Its bytes are these files one after another.
  var files: [StoredFile]
  var attributes: ObjectAttributes
  var checksum: StoredChecksum?
  var parts: [ObjectPart]
  /// The multipart upload that made it, for clients that complete one twice because they missed the answer.
  var uploadID: String?
}

/// The column `uploads.detail`.
struct UploadDetail: Codable {
  var attributes: ObjectAttributes
  /// `ChecksumAlgorithm` and `ObjectChecksums.Kind`, where the upload has them.
  var checksumAlgorithm: String?
  var checksumKind: String?
}

/// The column `parts.detail`.
struct PartDetail: Codable {
  var files: [StoredFile]
  var checksum: StoredChecksum?
}
