import Glibc
import Core

extension Folder {
  /// What a file cannot tell of an object, in a file of its own; only written if there is something to tell.
  struct Details: Codable {
    /// Of the object it belongs to: another process may have replaced it.
    var etag: String
    var contentType: String?
    var metadata: [String: String]
  }

  func writeDetails(_ details: Details, _ key: String, _ bucket: String) throws {
    let path = detailsPath(key, bucket)
    let isImplied = details.contentType == nil || details.contentType == ContentType.of(key)
    guard !isImplied || !details.metadata.isEmpty else {
      unlink(path)
      removeEmptyFolders(from: parent(of: path), upTo: folder(bucket))
      return
    }
    try makeFolder(of: path, key, bucket)
    _ = try replace(path, by: try JSON.encode(details), key, bucket)
  }

  /// Details that cannot be read are none: the file may be another program's.
  func details(_ key: String, _ bucket: String) throws -> Details? {
    guard let file = try OpenFile.read(detailsPath(key, bucket), subject: subject(key, bucket)) else { return nil }
    return try? JSON.decode(Details.self, from: file.read(0..<min(64 << 10, file.stamp().size)))
  }
}
