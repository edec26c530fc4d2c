import FoundationEssentials
import NIOCore
import Core
import Synchronization

/// All environments of one function and the calls that wait for them: carries out what `EnvironmentPool` decides.
final class FunctionPool: Sendable {
  /// What every pool of a host shares.
  struct Shared: Sendable {
    var host: HostConfiguration
    var keeper: ProcessKeeper
    var observer: any HostObserver
    var clock: WallClock
    var eventLoopGroup: any EventLoopGroup
    var nextProcessID: @Sendable () -> ProcessKeeper.ID
  }

  private struct Call {
    var request: InvocationRequest
    var continuation: CheckedContinuation<InvocationResult, Never>
  }

  private struct State {
    var pool: EnvironmentPool
    var environments: [Int: Environment] = [:]
    var calls: [EnvironmentPool.Ticket: Call] = [:]
    /// The environments of calls that were assigned.
    var assigned: [EnvironmentPool.Ticket: Int] = [:]
    var nextTicket: EnvironmentPool.Ticket = 1
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
        pool: EnvironmentPool(
          maximum: function.maximumEnvironments, maximumWaiting: shared.host.maximumWaiting,
          maximumStarting: 4 * ProcessInfo.processInfo.activeProcessorCount)))
  }

  func invoke(_ request: InvocationRequest) async -> InvocationResult {
    let result = await withCheckedContinuation { continuation in
      let ticket = decide { state in
        let ticket = state.nextTicket
        state.nextTicket += 1
        state.calls[ticket] = Call(request: request, continuation: continuation)
        return (state.pool.submit(ticket), ticket)
      }
      request.cancellation?.whenRaised { [weak self] in self?.cancel(ticket) }
    }
    request.cancellation?.whenRaised(nil)
    return result
  }

  /// Gives up a call: one that waits is refused, the environment of one that runs is ended.
  private func cancel(_ ticket: EnvironmentPool.Ticket) {
    let environment = decide { state in
      let actions = state.pool.cancel(ticket)
      return (actions, state.assigned[ticket].flatMap { state.environments[$0] })
    }
    environment?.cancel(ticket)
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
    case start(Environment)
    case assign(Environment, EnvironmentPool.Ticket, InvocationRequest)
    case end(Environment)
    case resume(CheckedContinuation<InvocationResult, Never>, InvocationResult)
    case release(CheckedContinuation<Void, Never>)
  }

  private func decide(failed: FailedInitialization? = nil, _ body: (inout State) -> [EnvironmentPool.Action]) {
    decide(failed: failed) { (body(&$0), ()) }
  }

  /// Decides under the lock and carries out after it.
  private func decide<Value>(
    failed: FailedInitialization? = nil, _ body: (inout State) -> ([EnvironmentPool.Action], Value)
  ) -> Value {
    let (effects, value) = state.withLock { state in
      let (actions, value) = body(&state)
      return (actions.compactMap { effect($0, failed, &state) } + releases(&state), value)
    }
    for effect in effects { perform(effect) }
    return value
  }

  private func effect(
    _ action: EnvironmentPool.Action, _ failed: FailedInitialization?, _ state: inout State
  ) -> Effect? {
    switch action {
    case .start(let number): return .start(environment(number, isSecondTry: false, &state))
    case .startAgain(let number): return .start(environment(number, isSecondTry: true, &state))
    case .assign(let ticket, let number):
      guard let environment = state.environments[number], let call = state.calls[ticket] else { return nil }
      state.assigned[ticket] = number
      return .assign(environment, ticket, call.request)
    case .retire(let number):
      return state.environments[number].map { .end($0) }
    case .refuse(let ticket, let refusal):
      return state.calls.removeValue(forKey: ticket).map {
        let result = result(.refused(refusal), $0.request)
        shared.observer.invocationEnded(function: function.name, result: result)
        return .resume($0.continuation, result)
      }
    case .failInitialization(let ticket, _):
      let failure =
        failed?.failure
        ?? FunctionFailure(
          kind: .initialization, type: "Runtime.ExitError", message: "the environment ended before it was ready")
      return state.calls.removeValue(forKey: ticket).map {
        var result = result(.failure(failure.naming($0.request.requestID)), $0.request)
        result.logTail = failed?.logTail ?? []
        shared.observer.invocationEnded(function: function.name, result: result)
        return .resume($0.continuation, result)
      }
    }
  }

  private func environment(_ number: Int, isSecondTry: Bool, _ state: inout State) -> Environment {
    let environment = Environment(
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
    case .assign(let environment, let ticket, let request): environment.assign(ticket, request)
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

  func environmentFinished(_ ticket: EnvironmentPool.Ticket, _ result: InvocationResult) {
    let continuation = state.withLock { state in
      state.assigned[ticket] = nil
      return state.calls.removeValue(forKey: ticket)?.continuation
    }
    continuation?.resume(returning: result)
    decide { _ in [] }
  }

  func environmentMissed(_ ticket: EnvironmentPool.Ticket) {
    decide { state in
      state.assigned[ticket] = nil
      return state.pool.resubmit(ticket)
    }
  }

  func environmentEnded(_ number: Int, failed: FailedInitialization?) {
    decide(failed: failed) { state in
      state.environments[number] = nil
      return failed?.mayTryAgain == true ? state.pool.endedLate(number) : state.pool.ended(number)
    }
  }
}
