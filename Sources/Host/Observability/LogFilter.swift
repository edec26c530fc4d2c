/// Which lines of functions' logs are wanted.
package struct LogFilter: Sendable {
  /// Text that the line contains, in any case.
  package var text: String?
  package var function: String?
  package var requestID: String?
  /// Only lines of these runs; nil: of all.
  package var requestIDs: Set<String>?
  /// Milliseconds since 1970, as `until`; the ends included.
  package var since: Int64 = 0
  package var until: Int64?
  /// The least severe level.
  package var level: LogLevel?

  package init() {}

  func takes(_ line: LogStore.Line) -> Bool {
    if let function, line.function != function { return false }
    if let requestID, line.requestID != requestID { return false }
    if let requestIDs, line.requestID.map(requestIDs.contains) != true { return false }
    if line.time < since { return false }
    if let until, line.time > until { return false }
    if let level, LogLevel(of: line.text) < level { return false }
    if let text, !text.isEmpty, !line.text.lowercased().contains(text.lowercased()) { return false }
    return true
  }
}
