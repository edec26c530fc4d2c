import Core
import Encodings

/// Which lines of the log are wanted.
package struct LogSearch: Sendable {
  /// Text that the line contains, in any case.
  package var text: String?
  package var function: String?
  package var requestID: String?
  /// Milliseconds since 1970, the ends included.
  package var from: Int64?
  package var to: Int64?
  /// The least level.
  package var level: LogLevel?

  package init() {}

  func wants(_ line: LogStore.Line) -> Bool {
    if let function, line.function != function { return false }
    if let requestID, line.requestID != requestID { return false }
    if let from, line.time < from { return false }
    if let to, line.time > to { return false }
    if let level, LogLevel(of: line.text) < level { return false }
    if let text, !text.isEmpty, !line.text.lowercased().contains(text.lowercased()) { return false }
    return true
  }
}

/// How much a line matters, as far as its text tells.
package enum LogLevel: String, Sendable, Codable, Comparable, CaseIterable {
  case debug, info, warning, error

  package static func < (one: LogLevel, other: LogLevel) -> Bool { one.rank < other.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Lines of JSON say it in `level`; others by a word of capitals near their beginning, as most loggers write it.
  package init(of line: String) {
    if line.utf8.first == UInt8(ascii: "{") {
      self = Self.names[Self.member("level", of: line)?.lowercased() ?? ""] ?? .info
      return
    }
    let words = line.prefix(80).split { !$0.isLetter }
    self = words.lazy.compactMap { Self.words[String($0)] }.first ?? .info
  }

  private static let names: [String: LogLevel] = [
    "trace": .debug, "debug": .debug, "info": .info, "notice": .info, "warning": .warning, "warn": .warning,
    "error": .error, "critical": .error, "fatal": .error,
  ]
  private static let words: [String: LogLevel] = [
    "TRACE": .debug, "DEBUG": .debug, "INFO": .info, "NOTICE": .info, "WARNING": .warning, "WARN": .warning,
    "ERROR": .error, "CRITICAL": .error, "FATAL": .error, "Traceback": .error,
  ]

  /// A member of an object whose value is a text, without parsing all of it.
  private static func member(_ name: String, of line: String) -> Substring? {
    guard let range = line.firstRange(of: "\"\(name)\":") else { return nil }
    let rest = line[range.upperBound...].drop { $0 == " " }
    guard rest.first == "\"" else { return nil }
    return rest.dropFirst().prefix { $0 != "\"" }
  }
}

extension LogStore {
  /// The newest lines that are wanted, the newest first.
  ///
  /// - Parameter before: only lines with a smaller cursor.
  /// - Returns: at most `limit` of them, and the cursor to go on from; `nil` if there are no more.
  package func search(_ search: LogSearch, before: Int?, limit: Int) -> (lines: [Line], next: Int?) {
    var found: [Line] = []
    // A copy of the ring: looking at 20,000 texts must not hold up those that write.
    for line in snapshot().reversed() {
      if let before, line.cursor >= before { continue }
      guard search.wants(line) else { continue }
      if found.count == limit { return (found, found.last?.cursor) }
      found.append(line)
    }
    return (found, nil)
  }
}
