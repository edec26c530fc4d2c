import FoundationEssentials
package import FunctionHost
package import Logging
package import Core
import Synchronization

/// Runs queued invocations: claims them, gives each a slot in proportion to its function's weight, and records how it
/// ended. The queue tells it of new work; a timer is set only for what waits for a known time.
package actor Scheduler {
  package struct Dependencies: Sendable {
    package var queue: any InvocationQueue
    package var invoke: @Sendable (_ function: String, _ request: InvocationRequest) async -> InvocationResult
    /// What a destination record for this target becomes.
    package var route:
      @Sendable (_ target: DestinationTarget, _ record: JSONValue, _ source: NewInvocation) -> [NewInvocation]
    package var functionARN: @Sendable (_ function: String) -> String
    package var observer: any SchedulerObserver
    package var baseDelay: Duration
    package var clock: WallClock
    package var logger: Logger
    /// See `SchedulerState`.
    package var claimsAhead = true
    /// Shares the functions' reserved concurrency with synchronous invocations.
    package var admission: Admission?

    package init(
      queue: any InvocationQueue,
      invoke: @escaping @Sendable (_ function: String, _ request: InvocationRequest) async -> InvocationResult,
      route:
        @escaping @Sendable (_ target: DestinationTarget, _ record: JSONValue, _ source: NewInvocation) ->
        [NewInvocation], functionARN: @escaping @Sendable (_ function: String) -> String,
      observer: any SchedulerObserver, baseDelay: Duration, clock: WallClock, logger: Logger, claimsAhead: Bool = true,
      admission: Admission? = nil
    ) {
      self.queue = queue
      self.invoke = invoke
      self.route = route
      self.functionARN = functionARN
      self.observer = observer
      self.baseDelay = baseDelay
      self.clock = clock
      self.logger = logger
      self.claimsAhead = claimsAhead
      self.admission = admission
    }
  }

  private let dependencies: Dependencies
  private var state: SchedulerState
  private var inFlight = InFlightWork()
  private var timer: Task<Void, Never>?
  private var timerDate: Date?
  private var ends: [(function: String, end: InvocationEnd)] = []
  private var isRecording = false
  private var isAbandoned = false
  private var isStarted = false
  private var listening: Task<Void, Never>?
  private var idleWaiters: [CheckedContinuation<Void, Never>] = []
  private var cancellations: [Int64: CancellationSignal] = [:]

  package init(policies: [FunctionPolicy], concurrency: Int, dependencies: Dependencies) {
    self.dependencies = dependencies
    state = SchedulerState(
      policies: policies, concurrency: concurrency, claimsAhead: dependencies.claimsAhead)
  }

  /// Starts with what the queue holds.
  package func start() {
    isStarted = true
    listening = Task { [newWork = dependencies.queue.newWork] in
      for await functions in newWork { queued(functions) }
    }
    pump()
  }

  /// Work of these functions was committed.
  private func queued(_ functions: Set<String>) {
    state.queued(functions)
    pump()
  }

  /// Starts nothing more. What was claimed and has not run goes back to the queue; what runs, runs on.
  package func stop() async {
    timer?.cancel()
    listening?.cancel()
    await dependencies.queue.release(state.stop())
  }

  /// A function's reserved concurrency has room again.
  package func reserveFreed() { pump() }

  /// Waits until nothing runs and every end is recorded, at most `timeout`. Returns whether that is so.
  package func drained(within timeout: Duration) async -> Bool {
    if state.running > 0 || isRecording {
      let timer = Task {
        try? await Task.sleep(for: timeout)
        if !Task.isCancelled { releaseWaiters() }
      }
      await withCheckedContinuation { idleWaiters.append($0) }
      timer.cancel()
    }
    return state.running == 0 && !isRecording
  }

  /// Whatever fails from now on was cut off by the host: it goes back to the queue and does not count.
  ///
  /// - Parameter cancels: whether this ends what runs.
  package func abandon(cancels: Bool = false) {
    isAbandoned = true
    guard cancels else { return }
    for cancellation in cancellations.values { cancellation.raise() }
  }

  private func releaseWaiters() {
    for waiter in idleWaiters { waiter.resume() }
    idleWaiters = []
  }

  package var running: Int { state.running }

  private func pump() {
    // A reserve may become free before there is a host.
    guard isStarted else { return }
    // A full backlog of ends means that the disk does not keep up: what would run now could not be recorded.
    while ends.count < 4096, let claimed = state.next(full: dependencies.admission?.full ?? []) { start(claimed) }
    if let wanted = state.wanted(now: dependencies.clock.now()) {
      Task { await claim(wanted) }
    }
    setTimer()
    if state.running == 0, !isRecording { releaseWaiters() }
  }

  private func claim(_ wanted: [String: Int]) async {
    do {
      let batches = try await dependencies.queue.claim(wanted, at: dependencies.clock.now())
      if state.isStopped {
        await dependencies.queue.release(batches.values.flatMap { $0.invocations.map(\.number) })
      } else {
        state.claimed(batches)
      }
    } catch {
      dependencies.logger.error("cannot read the queue; trying again", metadata: ["error": "\(error)"])
      try? await Task.sleep(for: .seconds(1))
      state.claimFailed(wanted)
    }
    pump()
  }

  private func setTimer() {
    guard let date = state.nextWake() else { return }
    if let timerDate, timerDate <= date, timer != nil { return }
    timer?.cancel()
    timerDate = date
    // A clock that is set forward must not hold back a retry for longer than it takes to look again.
    let wait = Duration.seconds(min(30, max(0.001, date.timeIntervalSince(dependencies.clock.now()))))
    timer = Task {
      try? await Task.sleep(for: wait)
      if !Task.isCancelled { wake() }
    }
  }

  private func wake() {
    timer = nil
    timerDate = nil
    pump()
  }

  // MARK: One run

  private func start(_ claimed: ClaimedInvocation) {
    let invocation = claimed.invocation
    guard let policy = state.policy(invocation.function) else { return state.ended(claimed) }
    let age = Duration.seconds(dependencies.clock.now().timeIntervalSince(invocation.enqueuedAt))
    if age > policy.maximumEventAge {
      state.ended(claimed)
      let message = "older than \(policy.maximumEventAge.components.seconds) s when its turn came"
      let outcome = InvocationOutcome.failure(
        FunctionFailure(kind: .reported, type: "EventAgeExceeded", message: message))
      return record(
        die(claimed, .eventAgeExceeded, attempts: claimed.failedAttempts, "EventAgeExceeded", message, outcome, policy),
        of: policy.name)
    }
    var key = policy.identity == nil ? nil : InFlightWork.DeduplicationKey(invocation)
    switch key.map({ inFlight.begin(claimed, $0) }) {
    case .isJoined:
      dependencies.observer.joined(function: invocation.function)
      return state.ended(claimed)
    case .runsByItself: key = nil
    case .leads, nil: break
    }
    dependencies.observer.dispatched(invocation, attempt: claimed.failedAttempts + 1, waited: age)
    dependencies.admission?.queuedBegan(invocation.function)
    let cancellation = CancellationSignal()
    cancellations[claimed.number] = cancellation
    Task { [key] in
      let result = await dependencies.invoke(
        invocation.function,
        InvocationRequest(requestID: invocation.id, payload: invocation.payload, cancellation: cancellation))
      await ended(claimed, policy, result, key)
    }
  }

  private func ended(
    _ claimed: ClaimedInvocation, _ policy: FunctionPolicy, _ result: InvocationResult,
    _ key: InFlightWork.DeduplicationKey?
  ) async {
    let function = claimed.invocation.function
    cancellations[claimed.number] = nil
    dependencies.admission?.queuedEnded(function)
    let joined = key.map { inFlight.end($0) } ?? []
    let now = dependencies.clock.now()
    var decision = RetryDecision.after(
      result.outcome, failedAttempts: claimed.failedAttempts,
      age: .seconds(now.timeIntervalSince(claimed.invocation.enqueuedAt)), policy: policy,
      baseDelay: dependencies.baseDelay, randomness: .random(in: 0..<1))
    if isAbandoned, decision != .done { decision = .giveBack }
    switch decision {
    case .done:
      let followUps = followUps(policy.onSuccess, claimed, "Success", claimed.failedAttempts + 1, result.outcome)
      record(.done(claimed.number, followUps: followUps), of: function)
      for other in joined {
        let followUps = self.followUps(policy.onSuccess, other, "Success", other.failedAttempts + 1, result.outcome)
        record(.done(other.number, followUps: followUps), of: function)
      }
    case .giveBack:
      await dependencies.queue.release([claimed.number])
      state.due(function, at: now.addingTimeInterval(0.1))
    case .retry(let failed, let delay):
      dependencies.observer.retried(function: function)
      let date = now.addingTimeInterval(delay.inSeconds)
      record(.retry(claimed.number, failedAttempts: failed, at: date), of: function)
    case .dead(let condition, let attempts, let type, let message):
      record(die(claimed, condition, attempts: attempts, type, message, result.outcome, policy), of: function)
    }
    if decision != .done, !joined.isEmpty {
      // They have not been tried: the next of them leads.
      await dependencies.queue.release(joined.map(\.number))
      state.queued([function])
    }
    var duration: Duration?
    if case .refused = result.outcome {} else { duration = result.report.duration }
    state.ended(claimed, after: duration)
    pump()
  }

  private func die(
    _ claimed: ClaimedInvocation, _ condition: DeadLetterReason.Condition, attempts: Int, _ type: String,
    _ message: String, _ outcome: InvocationOutcome, _ policy: FunctionPolicy
  ) -> InvocationEnd {
    dependencies.observer.died(function: policy.name)
    dependencies.logger.warning(
      "invocation became a dead letter",
      metadata: [
        "function": "\(policy.name)", "requestID": "\(claimed.invocation.id)", "attempts": "\(attempts)",
        "error": "\(type): \(message)",
      ])
    return .dead(
      claimed.number,
      DeadLetterReason(
        condition: condition, attempts: attempts, errorType: type, errorMessage: message, queue: policy.deadLetterQueue,
        at: dependencies.clock.now()),
      followUps: followUps(policy.onFailure, claimed, condition.rawValue, attempts, outcome))
  }

  private func followUps(
    _ target: DestinationTarget?, _ claimed: ClaimedInvocation, _ condition: String, _ attempts: Int,
    _ outcome: InvocationOutcome
  ) -> [NewInvocation] {
    guard let target else { return [] }
    let record = DestinationRecord.make(
      invocation: claimed.invocation, functionARN: dependencies.functionARN(claimed.invocation.function),
      condition: condition, attempts: attempts, outcome: outcome, at: dependencies.clock.now())
    return dependencies.route(target, record, claimed.invocation)
  }

  // MARK: Recording ends

  private func record(_ end: InvocationEnd, of function: String) {
    ends.append((function, end))
    guard !isRecording else { return }
    isRecording = true
    Task { await recordAll() }
  }

  /// Writes what has ended, all of it in one transaction, until nothing is left. A failure (a full disk) is tried again
  /// for as long as it takes: until then the invocations count as running.
  private func recordAll() async {
    while !ends.isEmpty {
      let batch = ends
      ends = []
      do {
        try await dependencies.queue.finish(batch.map(\.end))
        for (function, end) in batch {
          if case .retry(_, _, let date) = end { state.due(function, at: date) }
        }
      } catch {
        dependencies.logger.error("cannot record ended invocations; trying again", metadata: ["error": "\(error)"])
        ends = batch + ends
        try? await Task.sleep(for: .seconds(1))
        if state.isStopped { break }
      }
      pump()
    }
    isRecording = false
    pump()
  }
}

/// Hears what the scheduler does: the seam for metrics.
package protocol SchedulerObserver: Sendable {
  /// - Parameters:
  ///   - attempt: from 1.
  ///   - waited: since it was enqueued.
  func dispatched(_ invocation: NewInvocation, attempt: Int, waited: Duration)
  /// It was not run, as the same work was running already.
  func joined(function: String)
  func retried(function: String)
  func died(function: String)
}

extension Duration {
  package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
