package import FunctionHost
import Synchronization

/// Admits synchronous invocations beside queued ones: carries out what `AdmissionState` decides.
package final class Admission: Sendable {
  package typealias Invoke = @Sendable (_ function: String, _ request: InvocationRequest) async -> InvocationResult

  fileprivate struct State {
    var decisions: AdmissionState
    var waiting: [AdmissionState.CallID: CheckedContinuation<AdmissionState.Verdict, Never>] = [:]
    /// Verdicts on invocations that do not wait yet.
    var early: [AdmissionState.CallID: AdmissionState.Verdict] = [:]
    var lastCallID: AdmissionState.CallID = 0
    var drained: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>
  private let invoke: Invoke
  private let reserveFreed: @Sendable () -> Void
  private let hasReserves: Bool

  /// - Parameters:
  ///   - invoke: runs an invocation that was admitted.
  ///   - reserveFreed: called when queued work may find room in a function's reserve.
  package init(
    policies: [FunctionPolicy], slots: Int, maximumWaiting: Int = 1000, invoke: @escaping Invoke,
    reserveFreed: @escaping @Sendable () -> Void = {}
  ) {
    state = Mutex(
      State(decisions: AdmissionState(policies: policies, slots: slots, maximumWaiting: maximumWaiting)))
    self.invoke = invoke
    self.reserveFreed = reserveFreed
    hasReserves = policies.contains { $0.concurrency != nil }
  }

  /// Runs the invocation once there is a slot for it.
  ///
  /// - Returns: what the function made of it, or `.refused` with `throttled` (its reserved concurrency is used up),
  ///   `overloaded`, `stopped` or `cancelled`.
  package func run(_ function: String, _ request: InvocationRequest) async -> InvocationResult {
    switch await admit(function, request.cancellation) {
    case .admitted: break
    case .throttled: return .refused(.throttled, requestID: request.requestID)
    case .overloaded: return .refused(.overloaded, requestID: request.requestID)
    case .stopped: return .refused(.stopped, requestID: request.requestID)
    case .waits: return .refused(.cancelled, requestID: request.requestID)
    }
    let result = await invoke(function, request)
    ended(function)
    return result
  }

  /// - Returns: `waits` if it was given up while it waited.
  private func admit(_ function: String, _ cancellation: CancellationSignal?) async -> AdmissionState.Verdict {
    let (verdict, callID) = state.withLock { state in
      state.lastCallID += 1
      return (state.decisions.submit(state.lastCallID, function), state.lastCallID)
    }
    guard verdict == .waits else { return verdict }
    let late = await withCheckedContinuation { continuation in
      // Its turn may have come, or the end, before there was something to resume.
      let now = state.withLock { state -> AdmissionState.Verdict? in
        if let early = state.early.removeValue(forKey: callID) { return early }
        state.waiting[callID] = continuation
        return nil
      }
      if let now { return continuation.resume(returning: now) }
      cancellation?.whenRaised { [weak self] in self?.cancel(callID, function) }
    }
    cancellation?.whenRaised(nil)
    return late
  }

  private func cancel(_ callID: AdmissionState.CallID, _ function: String) {
    let continuation = state.withLock { state in
      state.decisions.cancel(callID, function) ? state.waiting.removeValue(forKey: callID) : nil
    }
    continuation?.resume(returning: .waits)
  }

  private func ended(_ function: String) {
    let (next, drained, freed) = state.withLock { state in
      let callID = state.decisions.ended(function)
      let drained = state.decisions.running == 0 ? state.drained : []
      if state.decisions.running == 0 { state.drained = [] }
      let freed = hasReserves && state.decisions.hasReserve(function)
      return (callID.flatMap { state.release($0, .admitted) }, drained, freed)
    }
    next?.resume(returning: .admitted)
    for waiter in drained { waiter.resume() }
    if freed { reserveFreed() }
  }

  package var running: Int { state.withLock { $0.decisions.running } }
  package var waiting: Int { state.withLock { $0.decisions.waiting } }

  // MARK: Queued work

  package func queuedBegan(_ function: String) {
    if hasReserves { state.withLock { $0.decisions.queuedBegan(function) } }
  }

  package func queuedEnded(_ function: String) {
    if hasReserves { state.withLock { $0.decisions.queuedEnded(function) } }
  }

  /// Functions whose reserved concurrency leaves no room for queued work now.
  package var full: Set<String> { hasReserves ? state.withLock { $0.decisions.full } : [] }

  // MARK: End

  /// Admits nothing more; what waits is refused.
  package func stop() {
    let refused = state.withLock { state in
      state.decisions.stop().compactMap { state.release($0, .stopped) }
    }
    for continuation in refused { continuation.resume(returning: .stopped) }
  }

  /// Waits until nothing that was admitted runs, at most `timeout`.
  package func drained(within timeout: Duration) async {
    let timer = Task {
      try? await Task.sleep(for: timeout)
      if !Task.isCancelled { releaseDrainWaiters() }
    }
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.decisions.running > 0 { state.drained.append(continuation) }
        return state.decisions.running == 0
      }
      if isIdle { continuation.resume() }
    }
    timer.cancel()
  }

  private func releaseDrainWaiters() {
    let waiters = state.withLock { state in
      defer { state.drained = [] }
      return state.drained
    }
    for waiter in waiters { waiter.resume() }
  }
}

extension Admission.State {
  /// What waits under the callID, to be resumed; remembered if it does not wait yet.
  fileprivate mutating func release(
    _ callID: AdmissionState.CallID, _ verdict: AdmissionState.Verdict
  ) -> CheckedContinuation<AdmissionState.Verdict, Never>? {
    if let continuation = waiting.removeValue(forKey: callID) { return continuation }
    early[callID] = verdict
    return nil
  }
}
