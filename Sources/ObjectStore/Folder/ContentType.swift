/// What a file's name says of its content.
package enum ContentType {
  private static let byExtension = [
    "gif": "image/gif", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "json": "application/json",
    "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "mkv": "video/x-matroska",
    "avi": "video/x-msvideo", "ts": "video/mp2t", "m2ts": "video/mp2t", "mts": "video/mp2t", "txt": "text/plain",
    "vtt": "text/vtt", "m3u8": "application/vnd.apple.mpegurl",
  ]

  /// `binary/octet-stream`, S3's default, for unknown ones.
  package static func of(_ key: String) -> String {
    let name = key.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return "binary/octet-stream" }
    return byExtension[name[name.index(after: dot)...].lowercased()] ?? "binary/octet-stream"
  }
}
