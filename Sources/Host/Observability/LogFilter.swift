import Core

/// Which lines of functions' logs are wanted.
package struct LogFilter: Sendable {
  package var function: String?
  package var requestID: String?
  /// Only lines of these runs; nil: of all.
  package var requestIDs: Set<String>?
  /// Milliseconds since 1970.
  package var since: Int64 = 0
  /// The least severe level.
  package var level: Level?

  package init() {}

  func takes(_ line: LogStore.Line) -> Bool {
    if let function, line.function != function { return false }
    if let requestID, line.requestID != requestID { return false }
    if let requestIDs, line.requestID.map(requestIDs.contains) != true { return false }
    if line.time < since { return false }
    if let level, Level(of: line.text) < level { return false }
    return true
  }

  /// How severe a line is.
  package enum Level: Int, Sendable, Comparable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    package static let names = allCases.map { "\($0)" }.joined(separator: ", ")

    /// As functions of any language write it: `WARN`, `Error`, `fatal`.
    package init?(name: String) {
      switch name.lowercased() {
      case "trace": self = .trace
      case "debug": self = .debug
      case "info", "information": self = .info
      case "notice": self = .notice
      case "warn", "warning": self = .warning
      case "error": self = .error
      case "critical", "fatal": self = .critical
      default: return nil
      }
    }

    /// A line of JSON says its level in a member `level`. Of the others, the platform's own lines are `debug`, those about
    /// an end that was not wanted are `error`, and the rest is `info`.
    package init(of text: String) {
      if text.utf8.first == UInt8(ascii: "{"),
        let name = (try? JSON.decode(JSONValue.self, from: Array(text.utf8)))?["level"]?.stringValue
      {
        self = Self(name: name) ?? .info
      } else if ["START ", "END ", "REPORT "].contains(where: text.hasPrefix) {
        self = .debug
      } else if text.contains("Task timed out after") || text.contains("Runtime exited")
        || text.hasPrefix("INIT_REPORT ")
      {
        self = .error
      } else {
        self = .info
      }
    }

    package static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
  }
}
