/// Media types by file name, for uploads.
enum ContentType {
  static func ofVideo(named name: String) -> String {
    switch name.split(separator: ".").last?.lowercased() ?? "" {
    case "mp4", "m4v": "video/mp4"
    case "mov": "video/quicktime"
    case "mkv": "video/x-matroska"
    case "webm": "video/webm"
    case "avi": "video/x-msvideo"
    case "ts", "m2ts", "mts": "video/mp2t"
    default: "application/octet-stream"
    }
  }
}
