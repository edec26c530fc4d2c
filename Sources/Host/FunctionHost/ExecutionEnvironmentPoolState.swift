/// Decides which environment of one function runs which call: pure, so that every decision can be tested without a
/// process. Callers carry out the returned actions, in order.
///
/// Environments are numbers; calls are callIDs. An environment is starting, idle, busy or ending, and counts against
/// the maximum until it has ended.
package struct ExecutionEnvironmentPoolState {
  package typealias Number = Int
  package typealias CallID = UInt64

  package enum Action: Equatable {
    /// Start a process under this number.
    case start(Number)
    /// The same once more, for a call whose environment took too long to start: within the call's own time.
    case startAgain(Number)
    case assign(CallID, to: Number)
    /// End an idle process.
    case retire(Number)
    case refuse(CallID, InvocationOutcome.Refusal)
    /// The process that was started for this call never became ready.
    case failInitialization(CallID, of: Number)
  }

  private struct Idle {
    var number: Number
    var since: ContinuousClock.Instant
  }

  let maximum: Int
  let maximumWaiting: Int
  let maximumStarting: Int
  private var nextNumber = 1
  private var starting: Set<Number> = []
  /// The most recently used last, so that a small load keeps few environments warm and the rest grow old.
  private var idle: [Idle] = []
  private var busy: Set<Number> = []
  private var ending: Set<Number> = []
  private var waiting = CallQueue()
  private var isStopped = false
  private var isShutDown = false

  /// - Parameters:
  ///   - maximum: 0 refuses every call.
  ///   - maximumStarting: processes that start at the same time. A start is work for a processor: hundreds at once
  ///   would all be late.
  package init(maximum: Int, maximumWaiting: Int, maximumStarting: Int = .max) {
    self.maximum = max(0, maximum)
    self.maximumStarting = max(1, maximumStarting)
    self.maximumWaiting = maximumWaiting
  }

  package var counts: (starting: Int, idle: Int, busy: Int, ending: Int, waiting: Int) {
    (starting.count, idle.count, busy.count, ending.count, waiting.count)
  }

  /// Neither calls nor processes are left.
  package var isEmpty: Bool { starting.isEmpty && idle.isEmpty && busy.isEmpty && ending.isEmpty && waiting.isEmpty }

  /// No call waits or runs.
  package var isDrained: Bool { busy.isEmpty && waiting.isEmpty }

  /// A new call.
  package mutating func submit(_ callID: CallID) -> [Action] {
    if isStopped { return [.refuse(callID, .stopped)] }
    // What may never run must not wait for its turn.
    if maximum == 0 { return [.refuse(callID, .throttled)] }
    if let environment = idle.popLast() {
      busy.insert(environment.number)
      return [.assign(callID, to: environment.number)]
    }
    // Environments on their way take calls off the queue by themselves; only what is beyond them waits for real.
    guard waiting.count < maximumWaiting + startable else { return [.refuse(callID, .throttled)] }
    waiting.append(callID)
    return startsForWaiting()
  }

  /// A call that was assigned to an environment which had already ended: it goes first.
  package mutating func resubmit(_ callID: CallID) -> [Action] {
    if isShutDown { return [.refuse(callID, .stopped)] }
    if let environment = idle.popLast() {
      busy.insert(environment.number)
      return [.assign(callID, to: environment.number)]
    }
    waiting.prepend(callID)
    return startsForWaiting()
  }

  /// The caller does not want the call any more. Nothing happens if it does not wait.
  package mutating func cancel(_ callID: CallID) -> [Action] {
    waiting.remove(callID) ? [.refuse(callID, .cancelled)] : []
  }

  /// The environment asked for work.
  package mutating func ready(_ number: Number, now: ContinuousClock.Instant) -> [Action] {
    guard starting.remove(number) != nil || busy.remove(number) != nil else { return [] }
    if let callID = waiting.popFirst() {
      busy.insert(number)
      return [.assign(callID, to: number)] + startsForWaiting()
    }
    if isStopped {
      ending.insert(number)
      return [.retire(number)]
    }
    idle.append(Idle(number: number, since: now))
    return []
  }

  /// The environment's process is gone.
  package mutating func ended(_ number: Number) -> [Action] {
    let neverReady = starting.remove(number) != nil
    busy.remove(number)
    ending.remove(number)
    idle.removeAll { $0.number == number }
    var actions: [Action] = []
    // Each failed start costs one call, so a function that cannot start ends its backlog instead of starting without end.
    if neverReady, let callID = waiting.popFirst() { actions.append(.failInitialization(callID, of: number)) }
    return actions + startsForWaiting()
  }

  /// The environment took longer to start than initialization may; the call that it was started for tries once more.
  package mutating func endedLate(_ number: Number) -> [Action] {
    guard !isShutDown, !waiting.isEmpty, starting.remove(number) != nil else { return ended(number) }
    let next = nextNumber
    nextNumber += 1
    starting.insert(next)
    return [.startAgain(next)]
  }

  /// Ends environments that had nothing to do for `timeout`.
  package mutating func expire(now: ContinuousClock.Instant, timeout: Duration) -> [Action] {
    let old = idle.filter { now - $0.since >= timeout }.map(\.number)
    guard !old.isEmpty else { return [] }
    idle.removeAll { old.contains($0.number) }
    ending.formUnion(old)
    return old.map { .retire($0) }
  }

  /// No new calls; those that wait are carried out. Idle environments end unless a call still waits.
  package mutating func stop() -> [Action] {
    isStopped = true
    let retired = idle.map(\.number)
    idle.removeAll()
    ending.formUnion(retired)
    return retired.map { .retire($0) }
  }

  /// `stop`, and no call waits any longer. Returns every process there is, for the caller to end.
  package mutating func shutdown() -> (actions: [Action], environments: [Number]) {
    _ = stop()
    isShutDown = true
    var actions: [Action] = []
    while let callID = waiting.popFirst() { actions.append(.refuse(callID, .stopped)) }
    return (actions, Array(starting) + Array(busy) + Array(ending))
  }

  private var live: Int { starting.count + idle.count + busy.count + ending.count }
  private var startable: Int { max(0, maximum - live) + starting.count }

  private mutating func startsForWaiting() -> [Action] {
    var actions: [Action] = []
    while starting.count < min(waiting.count, maximumStarting), live < maximum {
      starting.insert(nextNumber)
      actions.append(.start(nextNumber))
      nextNumber += 1
    }
    return actions
  }
}

/// First in, first out, with removal at the front in constant time (amortised).
struct CallQueue {
  private var items: [ExecutionEnvironmentPoolState.CallID] = []
  private var head = 0

  var count: Int { items.count - head }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ callID: ExecutionEnvironmentPoolState.CallID) { items.append(callID) }

  mutating func prepend(_ callID: ExecutionEnvironmentPoolState.CallID) {
    if head > 0 {
      head -= 1
      items[head] = callID
    } else {
      items.insert(callID, at: 0)
    }
  }

  /// - Returns: whether it was there.
  mutating func remove(_ callID: ExecutionEnvironmentPoolState.CallID) -> Bool {
    guard let index = items[head...].firstIndex(of: callID) else { return false }
    items.remove(at: index)
    return true
  }

  mutating func popFirst() -> ExecutionEnvironmentPoolState.CallID? {
    guard head < items.count else { return nil }
    defer {
      head += 1
      if head > 64, head * 2 > items.count {
        items.removeFirst(head)
        head = 0
      }
    }
    return items[head]
  }
}
