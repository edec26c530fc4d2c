/// What a job was asked for, in its document.
struct TranscodeOrder: Codable, Sendable, Equatable {
  var target: String
  var quality: String?
  var copy: Bool?
  /// Of the upload.
  var fileName: String?
  var sha256: String
  /// Bytes of the upload.
  var bytes: Int64
}
