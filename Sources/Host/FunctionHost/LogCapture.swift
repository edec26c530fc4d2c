import Glibc
import Processes
import Synchronization

/// Reads what one process writes to standard output and error (one pipe, so that their order is kept) and hands it on
/// line by line, tagged with the invocation that ran.
///
/// Two threads read: the process keeper when bytes arrive, and the environment's event loop when an invocation begins
/// or ends, so that what was written before a response is part of that invocation's log. A lock keeps the order.
final class LogCapture: ProcessOutput {
  private struct State {
    var descriptor: Int32
    var splitter: LogSplitter
    var budget: LogBudget
    var requestID: String?
    var tail: [UInt8] = []
    var droppedLines = 0
    var droppedBytes = 0
  }

  private let function: String
  private let environmentID: String
  private let limits: LogLimits
  private let observer: any HostObserver
  private let state: Mutex<State>

  /// - Parameter descriptor: the reading end, non-blocking; owned from here on.
  init(
    descriptor: Int32, function: String, environmentID: String, limits: LogLimits, observer: any HostObserver
  ) {
    self.function = function
    self.environmentID = environmentID
    self.limits = limits
    self.observer = observer
    state = Mutex(
      State(
        descriptor: descriptor, splitter: LogSplitter(limit: limits.lineBytes),
        budget: LogBudget(capacity: limits.burstBytes, perSecond: limits.bytesPerSecond)))
  }

  deinit {
    state.withLock { if $0.descriptor >= 0 { _ = Glibc.close($0.descriptor) } }
  }

  /// Reads what is there, at most 256 KiB.
  func drain() -> DrainedOutput {
    state.withLock { read(&$0) }
  }

  /// An invocation begins: what was written before is not its.
  func begin(_ requestID: String) {
    state.withLock { state in
      _ = read(&state)
      state.requestID = requestID
      state.tail.removeAll(keepingCapacity: true)
      hand("START RequestId: \(requestID) Version: $LATEST", &state)
    }
  }

  /// An invocation ends: what was written before is its. Returns the tail of its log.
  ///
  /// - Parameter note: a line of the host's own before `END`, such as a time-out.
  func end(note: String? = nil, report: InvocationReport) -> [UInt8] {
    state.withLock { state in
      _ = read(&state)
      finishLine(&state)
      if let note { hand(note, &state) }
      hand("END RequestId: \(report.requestID)", &state)
      hand(report.line, &state)
      let tail = [UInt8](state.tail.suffix(limits.tailBytes))
      state.requestID = nil
      state.tail.removeAll(keepingCapacity: true)
      return tail
    }
  }

  /// A line of the host's own outside of any invocation.
  func note(_ text: String) {
    state.withLock { hand(text, &$0) }
  }

  /// The last bytes of what was written since the last invocation ended, or since the process began.
  var tail: [UInt8] { state.withLock { [UInt8]($0.tail.suffix(limits.tailBytes)) } }

  /// Reads what is left, hands out an unfinished line and closes the pipe.
  func close() {
    state.withLock { state in
      guard state.descriptor >= 0 else { return }
      _ = read(&state)
      finishLine(&state)
      _ = Glibc.close(state.descriptor)
      state.descriptor = -1
    }
  }

  private func read(_ state: inout State) -> DrainedOutput {
    guard state.descriptor >= 0 else { return .ended }
    return withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 16) { buffer in
      for _ in 0..<8 {
        let count = Glibc.read(state.descriptor, buffer.baseAddress, buffer.count)
        if count < 0 {
          if errno == EINTR { continue }
          return errno == EAGAIN ? .empty : .ended
        }
        if count == 0 { return .ended }
        let dropped = state.droppedLines
        let lines = state.splitter.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        let now = ContinuousClock.now
        for line in lines { keep(line, now, &state) }
        if state.droppedLines > dropped { return .flooded }
        if count < buffer.count { break }
      }
      return .empty
    }
  }

  private func keep(_ line: [UInt8], _ now: ContinuousClock.Instant, _ state: inout State) {
    guard state.budget.spend(line.count + 1, now: now) else {
      state.droppedLines += 1
      state.droppedBytes += line.count + 1
      return
    }
    tellDropped(&state)
    hand(String(decoding: line, as: UTF8.self), &state)
  }

  private func finishLine(_ state: inout State) {
    if let line = state.splitter.finish() { keep(line, .now, &state) }
    tellDropped(&state)
  }

  private func tellDropped(_ state: inout State) {
    guard state.droppedLines > 0 else { return }
    let text = "[\(state.droppedLines) lines, \(state.droppedBytes) bytes not kept: written faster than the log limit]"
    state.droppedLines = 0
    state.droppedBytes = 0
    hand(text, &state)
  }

  private func hand(_ text: String, _ state: inout State) {
    // Also before the first invocation: it is the tail of an initialization that fails.
    state.tail.append(contentsOf: text.utf8)
    state.tail.append(UInt8(ascii: "\n"))
    if state.tail.count > 4 * limits.tailBytes { state.tail.removeFirst(state.tail.count - limits.tailBytes) }
    observer.log(
      LogLine(function: function, requestID: state.requestID, environmentID: environmentID, text: text))
  }
}
