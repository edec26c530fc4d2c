package import Invocations
import FoundationEssentials
package import FunctionHost
package import Core
import Synchronization

/// What functions have done lately, in memory and bounded: for the console. The counts are made where those of `/metrics`
/// are; those here go on from what a former run of the host counted.
package final class ActivityLog: Sendable {
  private struct State {
    var functions: [String: FunctionActivity] = [:]
    /// By request id: claimed from the queue, and running.
    var waiting: [String: Dispatch] = [:]
    var running: [String: InvocationRecord] = [:]
    var records = RingBuffer<InvocationRecord>(capacity: 4096)
    var events = RingBuffer<BusEventRecord>(capacity: 1024)
    var nextNumber = 1
    /// By function.
    var gigabyteSeconds: [String: Double] = [:]
  }

  private struct Dispatch {
    var group: String
    var subject: EventSubject
    var attempt: Int
    var queuedAt: Int64
  }

  /// What one function has done since counting began.
  package struct Totals: Sendable, Codable {
    package var name: String
    package var invocations: Int
    package var errors: Int
    var coldStarts: Int
    /// Milliseconds, of all runs together, and the longest.
    package var duration: Double
    package var longest: Double
    package var running: Int
    package var mostRunning: Int
    /// As Lambda charges them.
    package var gigabyteSeconds: Double
    /// Of `FunctionActivity.interval` seconds each.
    package var series: [FunctionActivity.Bin]
  }

  /// When counting began; milliseconds since 1970.
  package let since: Int64
  private let state = Mutex(State())
  private let feed: LiveFeed
  private let clock: WallClock
  private let history: ActivityHistory?

  /// - Parameters:
  ///   - history: gets every run that ends.
  ///   - past: runs of former runs of the host, the oldest first.
  ///   - counted: what a former run of the host had counted.
  package init(
    feed: LiveFeed, clock: WallClock, history: ActivityHistory? = nil, past: [InvocationRecord] = [],
    counted: ActivitySnapshot? = nil
  ) {
    self.feed = feed
    self.clock = clock
    self.history = history
    since = counted?.since ?? clock.now().millisecondsSince1970
    if let counted {
      state.withLock { state in
        state.functions = counted.functions.mapValues(FunctionActivity.init)
        state.gigabyteSeconds = counted.gigabyteSeconds
      }
    }
    restore(past, countedUntil: counted?.time)
  }

  /// - Parameter countedUntil: runs that ended later count in the totals as well: the host ended before it wrote them down.
  private func restore(_ past: [InvocationRecord], countedUntil: Int64?) {
    let earliest = clock.now().millisecondsSince1970 - FunctionActivity.interval * Int64(FunctionActivity.count) * 1000
    let latest = clock.now().millisecondsSince1970
    state.withLock { state in
      for record in past.suffix(4096) {
        var record = record
        record.number = state.nextNumber
        state.nextNumber += 1
        state.records.append(record)
        guard let ended = record.endedAt, (earliest...latest).contains(ended) else { continue }
        if let countedUntil {
          guard ended > countedUntil else { continue }
          state.gigabyteSeconds[record.function, default: 0] += record.gigabyteSeconds
          state.functions[record.function, default: FunctionActivity()].ended(
            duration: record.duration ?? 0, failed: record.outcome != "success", wasRunning: false, at: ended)
          continue
        }
        state.functions[record.function, default: FunctionActivity()].restore(
          duration: record.duration ?? 0, failed: record.outcome != "success", at: ended)
      }
    }
  }

  // MARK: Hearing

  package func dispatched(_ invocation: NewInvocation, attempt: Int) {
    let subject = EventSubject(of: invocation.payload, besides: invocation.messageGroupID)
    state.withLock { state in
      // Calls that were refused leave theirs behind.
      if state.waiting.count >= 8192 { state.waiting = [:] }
      state.waiting[invocation.id] = Dispatch(
        group: invocation.messageGroupID, subject: subject, attempt: attempt,
        queuedAt: invocation.enqueuedAt.millisecondsSince1970)
    }
  }

  package func started(function: String, requestID: String) {
    let time = clock.now().millisecondsSince1970
    let record = state.withLock { state in
      let record = make(function, requestID, at: time, &state)
      state.running[requestID] = record
      state.functions[function, default: FunctionActivity()].started(at: time)
      return record
    }
    feed.publish(.invocation(record))
  }

  package func ended(function: String, result: InvocationResult) {
    let time = clock.now().millisecondsSince1970
    if case .refused = result.outcome {
      state.withLock { $0.waiting[result.report.requestID] = nil }
      return
    }
    let record = state.withLock { state in
      let requestID = result.report.requestID
      let running = state.running.removeValue(forKey: requestID)
      var record = running ?? make(function, requestID, at: time, &state)
      record.end(result, at: time)
      state.records.append(record)
      state.gigabyteSeconds[function, default: 0] += record.gigabyteSeconds
      state.functions[function, default: FunctionActivity()].ended(
        duration: record.duration ?? 0, failed: record.outcome != "success", wasRunning: running != nil, at: time)
      return record
    }
    history?.append(.invocation(record))
    feed.publish(.invocation(record))
  }

  func coldStart(function: String) {
    state.withLock { $0.functions[function, default: FunctionActivity()].coldStart() }
  }

  package func routed(_ event: BusEventRecord) {
    state.withLock { _ = $0.events.append(event) }
    feed.publish(.event(event))
  }

  package func lettersChanged() { feed.publish(.letters) }

  private func make(_ function: String, _ requestID: String, at time: Int64, _ state: inout State) -> InvocationRecord {
    let dispatch = state.waiting.removeValue(forKey: requestID)
    defer { state.nextNumber += 1 }
    return InvocationRecord(
      number: state.nextNumber, requestID: requestID, function: function, group: dispatch?.group ?? "",
      subject: dispatch?.subject,
      attempt: dispatch?.attempt ?? 0, queuedAt: dispatch?.queuedAt, startedAt: time,
      outcome: InvocationRecord.running)
  }

  // MARK: Telling

  /// What is written down of the counts.
  package var counted: (functions: [String: FunctionActivity.Saved], gigabyteSeconds: [String: Double]) {
    state.withLock { ($0.functions.mapValues(\.saved), $0.gigabyteSeconds) }
  }

  /// Of every function that has done something, by name.
  ///
  /// - Parameter bins: how many of the last intervals.
  package func totals(bins: Int) -> [Totals] {
    let time = clock.now().millisecondsSince1970
    return state.withLock { state in
      state.functions.keys.sorted().map { name in
        var activity = state.functions[name] ?? FunctionActivity()
        let series = activity.series(bins, at: time)
        state.functions[name] = activity
        return Totals(
          name: name, invocations: activity.invocations, errors: activity.errors, coldStarts: activity.coldStarts,
          duration: activity.duration, longest: activity.longest, running: activity.running,
          mostRunning: activity.mostRunning,
          gigabyteSeconds: state.gigabyteSeconds[name] ?? 0, series: series)
      }
    }
  }

  /// Runs that pass the filters, the newest first; those that go on come before all others.
  package func records(
    function: String? = nil, group: String? = nil, requestID: String? = nil, failedOnly: Bool = false, limit: Int
  ) -> [InvocationRecord] {
    state.withLock { state in
      let running = state.running.values.sorted { $0.number > $1.number }
      var found: [InvocationRecord] = []
      for record in running + state.records.reversed() {
        if found.count == limit { break }
        if let function, record.function != function { continue }
        if let group, record.group != group { continue }
        if let requestID, record.requestID != requestID { continue }
        if failedOnly, record.outcome == "success" || record.outcome == InvocationRecord.running { continue }
        found.append(record)
      }
      return found
    }
  }

  /// Of the runs of a message group, as far back as they are kept.
  package func requestIDs(group: String) -> Set<String> {
    state.withLock { state in
      var found = Set(state.records.lazy.filter { $0.group == group }.map(\.requestID))
      for record in state.running.values where record.group == group { found.insert(record.requestID) }
      return found
    }
  }

  /// The newest first.
  package func events(limit: Int) -> [BusEventRecord] { state.withLock { Array($0.events.reversed().prefix(limit)) } }
}
