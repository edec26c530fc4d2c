import Dispatch
import FoundationEssentials
package import FunctionHost
import Glibc
import Logging
package import Core
import Synchronization

/// The last lines that functions wrote: a bounded ring in memory for `zoetrope logs`, and files of bounded size.
package final class LogStore: Sendable {
  package struct Line: Sendable, Codable, Equatable {
    /// Grows with every line of this run.
    package var cursor: Int
    /// Milliseconds since 1970.
    package var time: Int64
    package var function: String
    package var requestID: String?
    package var environment: String
    package var text: String
  }

  private struct State {
    var lines = RingBuffer<Line>(capacity: LogStore.maximumLines)
    var bytes = 0
    var pending: [UInt8] = []
    var isWriting = false
    var dropped = 0

    mutating func keep(_ line: Line) {
      let displaced = lines.append(line)
      bytes += line.text.utf8.count - (displaced?.text.utf8.count ?? 0)
      while bytes > LogStore.maximumBytes { bytes -= lines.removeFirst().text.utf8.count }
    }
  }

  private static let maximumLines = 20_000
  private static let maximumBytes = 4 << 20
  /// What waits for a slow disk; beyond it lines are only in memory.
  private static let maximumPending = 4 << 20
  static let maximumFileBytes = 16 << 20

  private let state = Mutex(State())
  private let watermark = AwaitableCounter()
  private let file: LogFile
  let path: String
  private let writer = DispatchQueue(label: "zoetrope.log")
  private let clock: WallClock

  /// - Parameter folder: gets `functions.log` and, once that is full, `functions.log.1`.
  package init(folder: String, clock: WallClock) throws(RuntimeError) {
    path = "\(folder)/functions.log"
    file = try LogFile(path: path, limit: Self.maximumFileBytes)
    self.clock = clock
  }

  package func add(_ line: LogLine) {
    let time = clock.now()
    let (cursor, mustWrite) = state.withLock { state in
      let entry = Line(
        cursor: state.lines.lastNumber + 1, time: time.millisecondsSince1970, function: line.function,
        requestID: line.requestID,
        environment: line.environmentID, text: line.text)
      state.keep(entry)
      let text = "\(time.iso8601(milliseconds: true)) \(line.environmentID) \(line.requestID ?? "-") \(line.text)\n"
      if state.pending.count + text.utf8.count > Self.maximumPending {
        state.dropped += 1
        return (entry.cursor, false)
      }
      state.pending.append(contentsOf: text.utf8)
      defer { state.isWriting = true }
      return (entry.cursor, !state.isWriting)
    }
    watermark.rise(to: cursor)
    if mustWrite { writer.async { self.write() } }
  }

  /// Takes up a line that is in the file already; it gets the next cursor.
  func keep(_ line: Line) {
    let cursor = state.withLock { state in
      var line = line
      line.cursor = state.lines.lastNumber + 1
      state.keep(line)
      return line.cursor
    }
    watermark.rise(to: cursor)
  }

  /// Lines after `cursor`, oldest first.
  ///
  /// - Returns: at most `limit` lines that pass the filter, and the cursor to go on from.
  package func lines(
    after cursor: Int, limit: Int, matching filter: LogFilter = LogFilter()
  ) -> (lines: [Line], next: Int) {
    var found: [Line] = []
    var next = cursor
    // Reading levels takes time: outside of the lock.
    for line in state.withLock({ Array($0.lines.after(cursor)) }) {
      if found.count == limit { break }
      next = line.cursor
      if filter.takes(line) { found.append(line) }
    }
    return (found, next)
  }

  /// The last `limit` lines that pass the filter, oldest first, and the cursor to go on from.
  package func last(_ limit: Int, matching filter: LogFilter = LogFilter()) -> (lines: [Line], next: Int) {
    let all = state.withLock { Array($0.lines.after(0)) }
    var found: [Line] = []
    for line in all.reversed() {
      if found.count == limit || line.time < filter.since { break }
      if filter.takes(line) { found.append(line) }
    }
    return (found.reversed(), all.last?.cursor ?? 0)
  }

  /// The newest lines that pass the filter, the newest first.
  ///
  /// - Parameter before: only lines with a smaller cursor.
  /// - Returns: at most `limit` of them, and the cursor to go on from; `nil` if there are no more.
  package func search(_ filter: LogFilter, before: Int?, limit: Int) -> (lines: [Line], next: Int?) {
    var found: [Line] = []
    // A copy: looking at 20,000 texts must not hold up those that write.
    for line in state.withLock({ Array($0.lines.after(0)) }).reversed() {
      if let before, line.cursor >= before { continue }
      guard filter.takes(line) else { continue }
      if found.count == limit { return (found, found.last?.cursor) }
      found.append(line)
    }
    return (found, nil)
  }

  /// Waits for a line after `cursor`, at most `timeout`.
  package func wait(after cursor: Int, timeout: Duration) async {
    await watermark.wait(above: cursor, timeout: timeout)
  }

  /// Waits until everything is in the file.
  package func flush() async {
    await withCheckedContinuation { continuation in
      writer.async {
        self.write()
        continuation.resume()
      }
    }
  }

  private func write() {
    while true {
      let bytes: [UInt8] = state.withLock { state in
        defer { state.pending = [] }
        if state.pending.isEmpty { state.isWriting = false }
        return state.pending
      }
      if bytes.isEmpty { return }
      file.append(bytes)
    }
  }
}
