import FoundationEssentials
import Glibc
package import Logging

/// Writes one JSON object per log line to standard error, in one `write` so that lines of several processes never mix.
package struct JSONLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  private let label: String

  package init(label: String, level: Logger.Level = .info) {
    self.label = label
    self.logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var members: [String: JSONValue] = [
      "time": .string(Date().iso8601(milliseconds: true)),
      "level": .string(event.level.rawValue),
      "logger": .string(label),
      "message": .string(event.message.description),
    ]
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { _, new in new }) {
      members[key] = .string("\(value)")
    }
    guard var line = try? JSON.encode(JSONValue.object(members)) else { return }
    line.append(UInt8(ascii: "\n"))
    line.withUnsafeBytes { _ = write(2, $0.baseAddress, $0.count) }
  }
}
