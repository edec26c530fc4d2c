import FoundationEssentials
import NIOCore
import Core
import Processes
import Synchronization

/// All environments of one function and the calls that wait for them: carries out what `ExecutionEnvironmentPoolState` decides.
final class FunctionPool: Sendable {
  /// What every pool of a host shares.
  struct Shared: Sendable {
    var host: HostConfiguration
    var keeper: ProcessSupervisor
    var observer: any HostObserver
    var clock: WallClock
    var eventLoopGroup: any EventLoopGroup
    var nextProcessID: @Sendable () -> ProcessSupervisor.ID
  }

  private struct Call {
    var request: InvocationRequest
    var continuation: CheckedContinuation<InvocationResult, Never>
  }

  private struct State {
    var pool: ExecutionEnvironmentPoolState
    var environments: [Int: ExecutionEnvironment] = [:]
    var calls: [ExecutionEnvironmentPoolState.CallID: Call] = [:]
    /// The environments of calls that were assigned.
    var assigned: [ExecutionEnvironmentPoolState.CallID: Int] = [:]
    var nextCallID: ExecutionEnvironmentPoolState.CallID = 1
    var drainWaiters: [CheckedContinuation<Void, Never>] = []
    var emptyWaiters: [CheckedContinuation<Void, Never>] = []
  }

  let function: FunctionConfiguration
  private let shared: Shared
  private let state: Mutex<State>

  init(function: FunctionConfiguration, shared: Shared) {
    self.function = function
    self.shared = shared
    state = Mutex(
      State(
        pool: ExecutionEnvironmentPoolState(
          maximum: function.maximumEnvironments, maximumWaiting: shared.host.maximumWaiting,
          maximumStarting: 4 * ProcessInfo.processInfo.activeProcessorCount)))
  }

  func invoke(_ request: InvocationRequest) async -> InvocationResult {
    let result = await withCheckedContinuation { continuation in
      let callID = decide { state in
        let callID = state.nextCallID
        state.nextCallID += 1
        state.calls[callID] = Call(request: request, continuation: continuation)
        return (state.pool.submit(callID), callID)
      }
      request.cancellation?.whenRaised { [weak self] in self?.cancel(callID) }
    }
    request.cancellation?.whenRaised(nil)
    return result
  }

  /// Gives up a call: one that waits is refused, the environment of one that runs is ended.
  private func cancel(_ callID: ExecutionEnvironmentPoolState.CallID) {
    let environment = decide { state in
      let actions = state.pool.cancel(callID)
      return (actions, state.assigned[callID].flatMap { state.environments[$0] })
    }
    environment?.cancel(callID)
  }

  func stop() async {
    decide { $0.pool.stop() }
    await withCheckedContinuation { continuation in
      decide { state in
        state.drainWaiters.append(continuation)
        return []
      }
    }
  }

  func shutdown() async {
    let environments = decide { state in
      let (actions, numbers) = state.pool.shutdown()
      let left = Set(numbers).union(state.environments.keys).compactMap { state.environments[$0] }
      return (actions, left)
    }
    for environment in environments { environment.end(.stopped) }
    await withCheckedContinuation { continuation in
      decide { state in
        state.emptyWaiters.append(continuation)
        return []
      }
    }
  }

  func expire(now: ContinuousClock.Instant) {
    decide { $0.pool.expire(now: now, timeout: shared.host.idleTimeout) }
  }

  var status: FunctionStatus {
    let counts = state.withLock { $0.pool.counts }
    return FunctionStatus(
      function: function.name, starting: counts.starting, idle: counts.idle, busy: counts.busy,
      waiting: counts.waiting, maximumEnvironments: function.maximumEnvironments)
  }

  // MARK: Carrying out

  private enum Effect {
    case start(ExecutionEnvironment)
    case assign(ExecutionEnvironment, ExecutionEnvironmentPoolState.CallID, InvocationRequest)
    case end(ExecutionEnvironment)
    case resume(CheckedContinuation<InvocationResult, Never>, InvocationResult)
    case release(CheckedContinuation<Void, Never>)
  }

  private func decide(
    failed: FailedInitialization? = nil, _ body: (inout State) -> [ExecutionEnvironmentPoolState.Action]
  ) {
    decide(failed: failed) { (body(&$0), ()) }
  }

  /// Decides under the lock and carries out after it.
  private func decide<Value>(
    failed: FailedInitialization? = nil, _ body: (inout State) -> ([ExecutionEnvironmentPoolState.Action], Value)
  ) -> Value {
    let (effects, value) = state.withLock { state in
      let (actions, value) = body(&state)
      return (actions.compactMap { effect($0, failed, &state) } + releases(&state), value)
    }
    for effect in effects { perform(effect) }
    return value
  }

  private func effect(
    _ action: ExecutionEnvironmentPoolState.Action, _ failed: FailedInitialization?, _ state: inout State
  ) -> Effect? {
    switch action {
    case .start(let number): return .start(environment(number, isSecondTry: false, &state))
    case .startAgain(let number): return .start(environment(number, isSecondTry: true, &state))
    case .assign(let callID, let number):
      guard let environment = state.environments[number], let call = state.calls[callID] else { return nil }
      state.assigned[callID] = number
      return .assign(environment, callID, call.request)
    case .retire(let number):
      return state.environments[number].map { .end($0) }
    case .refuse(let callID, let refusal):
      return state.calls.removeValue(forKey: callID).map {
        let result = result(.refused(refusal), $0.request)
        shared.observer.invocationEnded(function: function.name, result: result)
        return .resume($0.continuation, result)
      }
    case .failInitialization(let callID, _):
      let failure =
        failed?.failure
        ?? FunctionFailure(
          kind: .initialization, type: "Runtime.ExitError", message: "the environment ended before it was ready")
      return state.calls.removeValue(forKey: callID).map {
        var result = result(.failure(failure.naming($0.request.requestID)), $0.request)
        result.logTail = failed?.logTail ?? []
        shared.observer.invocationEnded(function: function.name, result: result)
        return .resume($0.continuation, result)
      }
    }
  }

  private func environment(_ number: Int, isSecondTry: Bool, _ state: inout State) -> ExecutionEnvironment {
    let environment = ExecutionEnvironment(
      number: number, processID: shared.nextProcessID(), function: function, host: shared.host,
      keeper: shared.keeper, observer: shared.observer, clock: shared.clock, loop: shared.eventLoopGroup.next(),
      owner: self, isSecondTry: isSecondTry)
    state.environments[number] = environment
    return environment
  }

  private func releases(_ state: inout State) -> [Effect] {
    var released: [Effect] = []
    if state.calls.isEmpty, !state.drainWaiters.isEmpty {
      released += state.drainWaiters.map { .release($0) }
      state.drainWaiters = []
    }
    if state.pool.isEmpty, state.calls.isEmpty, !state.emptyWaiters.isEmpty {
      released += state.emptyWaiters.map { .release($0) }
      state.emptyWaiters = []
    }
    return released
  }

  private func perform(_ effect: Effect) {
    switch effect {
    case .start(let environment): environment.start()
    case .assign(let environment, let callID, let request): environment.assign(callID, request)
    case .end(let environment): environment.end(.idle)
    case .resume(let continuation, let result): continuation.resume(returning: result)
    case .release(let continuation): continuation.resume()
    }
  }

  private func result(_ outcome: InvocationOutcome, _ request: InvocationRequest) -> InvocationResult {
    InvocationResult(
      outcome: outcome,
      report: InvocationReport(
        requestID: request.requestID, duration: .zero, memorySizeMiB: function.memorySizeMiB, maximumMemoryMiB: 0),
      logTail: [])
  }
}

extension FunctionPool: EnvironmentOwner {
  func environmentReady(_ number: Int) {
    decide { $0.pool.ready(number, now: .now) }
  }

  func environmentFinished(_ callID: ExecutionEnvironmentPoolState.CallID, _ result: InvocationResult) {
    let continuation = state.withLock { state in
      state.assigned[callID] = nil
      return state.calls.removeValue(forKey: callID)?.continuation
    }
    continuation?.resume(returning: result)
    decide { _ in [] }
  }

  func environmentMissed(_ callID: ExecutionEnvironmentPoolState.CallID) {
    decide { state in
      state.assigned[callID] = nil
      return state.pool.resubmit(callID)
    }
  }

  func environmentEnded(_ number: Int, failed: FailedInitialization?) {
    decide(failed: failed) { state in
      state.environments[number] = nil
      return failed?.mayTryAgain == true ? state.pool.endedLate(number) : state.pool.ended(number)
    }
  }
}
