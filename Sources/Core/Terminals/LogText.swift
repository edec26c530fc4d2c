import Core
import FoundationEssentials

/// A line of a function's log as text.
package enum LogText {
  package struct Line: Decodable, Sendable {
    /// Milliseconds since 1970.
    package var time: Int64
    package var function: String
    package var text: String
  }

  /// As the function wrote it, behind time and function.
  package static func raw(_ line: Line) -> String {
    let time = Date(millisecondsSince1970: line.time).iso8601(milliseconds: true)
    return "\(time) \(line.function) \(line.text)"
  }

  /// For reading: `10:49:23.123 ProcessClipFunction warning superseded key=talk.mp4`.
  package static func laidOut(_ line: Line) -> String {
    let time = Date(millisecondsSince1970: line.time).iso8601(milliseconds: true).dropFirst(11).dropLast()
    return "\(time) \(PlainText.line(line.function)) \(PlainText.line(message(of: line.text)))"
  }

  /// Level, message and the other members of a line of JSON; any other line as it is.
  private static func message(of text: String) -> String {
    guard text.utf8.first == UInt8(ascii: "{"),
      let members = (try? JSON.decode(JSONValue.self, from: Array(text.utf8)))?.objectValue,
      let message = (members["message"] ?? members["msg"])?.stringValue
    else { return text }
    let shown: Set<String> = ["time", "timestamp", "level", "logger", "message", "msg"]
    let rest = members.filter { !shown.contains($0.key) }.sorted { $0.key < $1.key }
      .compactMap { name, value in
        let text = plain(value)
        return text.isEmpty ? nil : "\(name)=\(text)"
      }
    return (["\(members["level"]?.stringValue ?? "info")", message] + rest).joined(separator: " ")
  }

  private static func plain(_ value: JSONValue) -> String {
    if let text = value.stringValue { return text.contains(" ") ? "'\(text)'" : text }
    return (try? JSON.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
