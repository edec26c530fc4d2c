import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import Core
import Processes

/// Hears from an environment, on its event loop.
protocol EnvironmentOwner: AnyObject, Sendable {
  /// It asked for work.
  func environmentReady(_ number: Int)
  /// A call is over.
  func environmentFinished(_ callID: ExecutionEnvironmentPoolState.CallID, _ result: InvocationResult)
  /// The call came too late: the environment had ended. Nothing of it happened.
  func environmentMissed(_ callID: ExecutionEnvironmentPoolState.CallID)
  /// The process and everything of it are gone. `failed`: why it never became ready.
  func environmentEnded(_ number: Int, failed: FailedInitialization?)
}

/// Why an environment never became ready.
struct FailedInitialization: Sendable {
  var failure: FunctionFailure
  /// The last bytes of what it wrote.
  var logTail: [UInt8]
  /// It took longer than Lambda's initialization phase; the first invocation tries once more, within its own time.
  var mayTryAgain: Bool
}

/// One function process with the listener that serves it: carries out what `ExecutionEnvironmentState` decides.
///
/// `@unchecked Sendable`: everything that changes is touched on `loop` only.
final class ExecutionEnvironment: @unchecked Sendable {
  /// An end that was decided and is carried out: the call's failure waits until the process is gone.
  private struct Ending {
    var reason: EnvironmentEnd
    var failure: FunctionFailure?
    var note: String?
    var duration: Duration
  }

  let number: Int
  let id: String
  private let function: FunctionConfiguration
  private let host: HostConfiguration
  private let keeper: ProcessSupervisor
  private let processID: ProcessSupervisor.ID
  private let observer: any HostObserver
  private let clock: WallClock
  private let loop: any EventLoop
  private let owner: any EnvironmentOwner
  private let gauge = MemoryGauge()
  private let temporaryFolder: String
  /// A second try: what it takes is part of its first call's time.
  private let isSecondTry: Bool

  private var machine = ExecutionEnvironmentState()
  private var listener: RuntimeAPIListener?
  private var parked: RuntimeAPIHandler?
  /// The connection over which a response is being streamed to its caller.
  private var streaming: RuntimeAPIHandler?
  private var log: LogCapture?
  private var call: RunningCall?
  private var timer: Scheduled<Void>?
  /// nil once it has asked for work.
  private var spawned: ContinuousClock.Instant?
  /// Until its first call has it.
  private var initDuration: Duration?
  private var initFailure: FunctionFailure?
  private var initIsLate = false
  /// When a second try began, until its first call has it.
  private var beganLate: ContinuousClock.Instant?
  private var ending: Ending?
  private var isGone = false

  init(
    number: Int, processID: ProcessSupervisor.ID, function: FunctionConfiguration, host: HostConfiguration,
    keeper: ProcessSupervisor, observer: any HostObserver, clock: WallClock, loop: any EventLoop,
    owner: any EnvironmentOwner, isSecondTry: Bool = false
  ) {
    self.isSecondTry = isSecondTry
    self.number = number
    self.processID = processID
    self.function = function
    self.host = host
    self.keeper = keeper
    self.observer = observer
    self.clock = clock
    self.loop = loop
    self.owner = owner
    id = "\(function.name)-\(RequestID.make().prefix(8))"
    temporaryFolder = "\(host.temporaryFolder)/\(id)"
  }

  // MARK: Orders, from any thread

  /// Opens the listener and starts the process.
  func start() {
    loop.execute { self.listen() }
  }

  /// Runs a call; the environment must have said that it is ready.
  func assign(_ callID: ExecutionEnvironmentPoolState.CallID, _ request: InvocationRequest) {
    loop.execute { self.begin(callID, request) }
  }

  /// Ends the process if this is the call that it runs.
  func cancel(_ callID: ExecutionEnvironmentPoolState.CallID) {
    loop.execute { if self.call?.callID == callID { self.endCancelled() } }
  }

  /// Ends the process.
  func end(_ reason: EnvironmentEnd) {
    loop.execute { self.beginEnd(reason, failure: nil, note: nil) }
  }

  // MARK: Start

  private func listen() {
    guard machine.state != .ended else { return gone(.stopped, nil) }
    RuntimeAPIListener.bind(on: loop, for: self)
      .assumeIsolated()
      .whenComplete { result in
        switch result {
        case .success(let channel): self.spawn(RuntimeAPIListener(channel))
        case .failure(let error): self.failStart("cannot listen on \(RuntimeAPIListener.host): \(error)")
        }
      }
  }

  private func spawn(_ listener: RuntimeAPIListener) {
    self.listener = listener
    guard machine.state != .ended, let address = listener.address else { return gone(.stopped, nil) }
    spawned = .now
    keeper.spawn(
      processID,
      ProcessRequest(
        executable: function.executable, arguments: function.arguments,
        environment: EnvironmentVariables.make(
          function: function, host: host, runtimeAPI: address, environmentID: id, temporaryFolder: temporaryFolder),
        // A process writes its own folder over the server's, so that is as long.
        forkFamily: ForkFamily(
          name: function.name,
          environment: EnvironmentVariables.makeForServer(
            function: function, temporaryFolder: "\(host.temporaryFolder)/\(function.name)-original")),
        directory: function.codeFolder, privateFolder: temporaryFolder,
        confinement: function.isConfined
          ? Confinement(
            executable: function.executable, codeFolder: function.codeFolder, shared: host.sharedFolders,
            temporaryFolder: temporaryFolder, hidden: host.hiddenFolders) : nil,
        memoryLimitBytes: function.memorySizeMiB << 20,
        storageLimitBytes: function.ephemeralStorageMiB.map { $0 << 20 },
        niceness: function.niceness, gauge: gauge,
        delegate: self))
    timer = loop.assumeIsolated().scheduleTask(in: initLimit.timeAmount) { self.initTimedOut() }
  }

  private var initLimit: Duration { isSecondTry ? function.timeout : host.initTimeout }

  private func initTimedOut() {
    noteInit(after: initLimit, "timeout")
    initFailure = isSecondTry ? .timedOutStarting(after: initLimit) : .initTimedOut(after: initLimit)
    initIsLate = true
    beginEnd(.initialization, failure: nil, note: nil)
  }

  /// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
  private func noteInit(after duration: Duration, _ status: String) {
    log?.note(
      "INIT_REPORT Init Duration: \(duration.milliseconds.twoDecimals) ms\t"
        + "Phase: \(isSecondTry ? "invoke" : "init")\tStatus: \(status)")
  }

  private func failStart(_ message: String) {
    gone(.initialization, .cannotStart(message))
  }

  // MARK: The Runtime API, called by connections on the loop

  func connectionOpened(_ connection: RuntimeAPIHandler) {
    guard !isGone, listener?.opened(connection) == true else { return connection.close() }
  }

  func connectionClosed(_ connection: RuntimeAPIHandler) {
    listener?.closed(connection)
    if parked === connection {
      parked = nil
      machine.pollLost()
    }
    if streaming === connection {
      streaming = nil
      streamBroke()
    }
  }

  func received(_ request: RuntimeAPIHandler.Request, on connection: RuntimeAPIHandler) {
    let headers = request.head.headers
    if headers.contains(name: "origin") || headers.contains(name: "sec-fetch-mode") {
      return connection.send(.fromBrowser)
    }
    switch request.call {
    case .next: next(connection)
    case .response(let requestID): respond(requestID, request, connection)
    case .error(let requestID): fail(requestID, request, connection)
    case .initError: failInitialization(request, connection)
    case .unknown: connection.send(.unknownPath)
    }
  }

  private func next(_ connection: RuntimeAPIHandler) {
    switch machine.next() {
    case .reject(let violation): connection.send(RuntimeAPIAnswer(violation))
    case .deliver: deliver(to: connection)
    case .ignore: break
    case .park(let becameReady):
      parked = connection
      guard becameReady else { return }
      if let spawned {
        let duration = ContinuousClock.now - spawned
        if isSecondTry { beganLate = spawned } else { initDuration = duration }
        self.spawned = nil
        timer?.cancel()
        // What was seen of it while it started says nothing of what it holds now.
        gauge.sample(atLeastEvery: .zero)
        observer.environmentReady(function: function.name, initDuration: duration)
      }
      gauge.setActive(false)
      owner.environmentReady(number)
    }
  }

  private func begin(_ callID: ExecutionEnvironmentPoolState.CallID, _ request: InvocationRequest) {
    let verdict = machine.invoke(request.requestID)
    if verdict == .undelivered { return owner.environmentMissed(callID) }
    gauge.setActive(true)
    log?.begin(request.requestID)
    let started = beganLate ?? .now
    let left = beganLate == nil ? function.timeout : max(.milliseconds(1), function.timeout - (.now - started))
    call = RunningCall(callID: callID, request: request, started: started, timeLeft: left, initDuration: initDuration)
    (initDuration, beganLate) = (nil, nil)
    observer.invocationStarted(function: function.name, requestID: request.requestID)
    if request.cancellation?.isRaised == true { return endCancelled() }
    timer = loop.assumeIsolated().scheduleTask(in: left.timeAmount) { self.timedOut() }
    if verdict == .deliver, let parked {
      self.parked = nil
      deliver(to: parked)
    }
  }

  private func deliver(to connection: RuntimeAPIHandler) {
    guard let call else { return }
    let headers = call.headers(functionARN: host.functionARN(function.name), now: clock.now())
    connection.send(status: .ok, headers: headers, body: call.request.payload)
  }

  private func respond(_ requestID: String, _ request: RuntimeAPIHandler.Request, _ connection: RuntimeAPIHandler) {
    if let violation = machine.respond(requestID) { return connection.send(RuntimeAPIAnswer(violation)) }
    if streaming === connection { streaming = nil }
    guard let (answer, outcome) = call?.end(with: request) else { return }
    connection.send(answer)
    finish(outcome)
  }

  /// The stream of the call that runs, if its caller wants one and nothing writes to it yet.
  func beginStream(_ requestID: String, on connection: RuntimeAPIHandler) -> ResponseStream? {
    guard machine.check(requestID) == nil, streaming == nil, call?.isStreamed == false,
      let stream = call?.request.stream
    else { return nil }
    streaming = connection
    call?.isStreamed = true
    return stream
  }

  /// What the caller has got is not all, and cannot be taken back. Where the process ends, that is the reason instead.
  private func streamBroke() {
    guard let requestID = call?.requestID, !isGone else { return }
    loop.assumeIsolated().scheduleTask(in: .seconds(1)) {
      guard self.call?.requestID == requestID, self.ending == nil, self.machine.respond(requestID) == nil
      else { return }
      self.finish(.failure(.responseBrokeOff(requestID)))
    }
  }

  private func fail(_ requestID: String, _ request: RuntimeAPIHandler.Request, _ connection: RuntimeAPIHandler) {
    if let violation = machine.respond(requestID) { return connection.send(RuntimeAPIAnswer(violation)) }
    connection.send(.accepted)
    let type = request.head.headers.first(name: "lambda-runtime-function-error-type")
    finish(.failure(.reported(type: type, payload: Array(buffer: request.body))))
  }

  private func failInitialization(_ request: RuntimeAPIHandler.Request, _ connection: RuntimeAPIHandler) {
    if let violation = machine.failInitialization() { return connection.send(RuntimeAPIAnswer(violation)) }
    connection.send(.accepted)
    let type = request.head.headers.first(name: "lambda-runtime-function-error-type")
    initFailure = .reported(.initialization, type: type, payload: Array(buffer: request.body))
    timer?.cancel()
    // It is expected to end by itself, with its last words in the log.
    timer = loop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.keeper.kill(self.processID) }
  }

  // MARK: Ends

  private func timedOut() {
    guard let call else { return }
    let (requestID, time) = (call.requestID, clock.now().iso8601(milliseconds: true))
    beginEnd(
      .timedOut, failure: .timedOut(requestID, after: function.timeout),
      note: "\(time) \(requestID) \(FunctionFailure.timeoutText(function.timeout))")
  }

  private func endCancelled() {
    guard let call else { return }
    let failure = FunctionFailure.cancelled(call.requestID)
    beginEnd(.cancelled, failure: failure, note: failure.message)
  }

  private func ranOutOfMemory() {
    let failure = FunctionFailure.outOfMemory(
      call?.requestID, usedMiB: gauge.maximumBytes >> 20, sizeMiB: function.memorySizeMiB)
    if machine.state == .starting { initFailure = failure }
    beginEnd(.outOfMemory, failure: failure, note: failure.message)
  }

  private func ranOutOfStorage(_ bytes: Int) {
    let failure = FunctionFailure.outOfStorage(
      call?.requestID, usedMiB: bytes >> 20, sizeMiB: function.ephemeralStorageMiB ?? 0)
    if machine.state == .starting { initFailure = failure }
    beginEnd(.crashed, failure: failure, note: failure.message)
  }

  private func beginEnd(_ reason: EnvironmentEnd, failure: FunctionFailure?, note: String?) {
    guard ending == nil, !isGone else { return }
    _ = machine.end()
    timer?.cancel()
    ending = Ending(
      reason: reason, failure: failure, note: note, duration: call.map { .now - $0.started } ?? .zero)
    keeper.kill(processID)
    // What is stuck in the kernel cannot be killed; the caller need not wait for it.
    timer = loop.assumeIsolated().scheduleTask(in: .seconds(2)) { self.finishEnding(nil) }
  }

  /// Gives the call that was running its failure.
  private func finishEnding(_ status: ExitStatus?) {
    guard let call else { return }
    if let ending, let failure = ending.failure {
      return finish(.failure(failure), note: ending.note, duration: ending.duration)
    }
    let failure = FunctionFailure.exited(call.requestID, status)
    finish(.failure(failure), note: failure.message)
  }

  private func finish(_ outcome: InvocationOutcome, note: String? = nil, duration: Duration? = nil) {
    guard let call else { return }
    self.call = nil
    if ending == nil { timer?.cancel() }
    gauge.sample()
    let report = call.report(
      duration: duration, memorySizeMiB: function.memorySizeMiB, maximumBytes: gauge.maximumBytes)
    let tail = log?.end(note: note, report: report) ?? []
    let result = InvocationResult(outcome: outcome, report: report, logTail: tail)
    observer.invocationEnded(function: function.name, result: result)
    owner.environmentFinished(call.callID, result)
  }

  /// What the process sent before it ended may still lie in its sockets, and be the call's response. Between the rounds the
  /// loop looks at them: it accepts a connection in one round and reads it in the next.
  private func hearOut(_ status: ExitStatus, rounds: Int) {
    guard rounds > 0, call != nil, ending == nil else { return ended(status) }
    loop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { self.hearOut(status, rounds: rounds - 1) }
  }

  private func ended(_ status: ExitStatus) {
    let wasStarting = machine.state == .starting
    _ = machine.end()
    finishEnding(status)
    if wasStarting, initFailure == nil, ending == nil {
      initFailure = .exitedBeforeReady(status)
    }
    if let initFailure, !initIsLate, let spawned {
      noteInit(after: .now - spawned, "error\tError Type: \(initFailure.type)")
    }
    gone(ending?.reason ?? (initFailure == nil ? .crashed : .initialization), initFailure)
  }

  /// Nothing of the process is left: closes the listener, removes the files, tells the owner.
  private func gone(_ reason: EnvironmentEnd, _ failure: FunctionFailure?) {
    guard !isGone else { return }
    isGone = true
    _ = machine.end()
    timer?.cancel()
    parked = nil
    listener?.close()
    let folder = temporaryFolder
    let failed = failure.map {
      FailedInitialization(failure: $0, logTail: log?.tail ?? [], mayTryAgain: initIsLate && !isSecondTry)
    }
    NIOThreadPool.singleton.runIfActive(eventLoop: loop) {
      // What is left although it cannot be removed goes when the next host starts.
      try? FileManager.default.removeItem(atPath: folder)
    }
    .assumeIsolated()
    .whenComplete { _ in
      self.observer.environmentEnded(function: self.function.name, reason: reason)
      self.owner.environmentEnded(self.number, failed: failed)
    }
  }
}

extension ExecutionEnvironment: ProcessDelegate {
  func processStarted(output descriptor: Int32) -> any ProcessOutput {
    let log = LogCapture(
      descriptor: descriptor, function: function.name, environmentID: id, limits: host.log, observer: observer)
    loop.execute { self.log = log }
    return log
  }

  func processFailedToStart(_ error: HostError) {
    loop.execute { self.failStart(error.message) }
  }

  func processExceededMemory() {
    loop.execute { self.ranOutOfMemory() }
  }

  func processExceededStorage(bytes: Int) {
    loop.execute { self.ranOutOfStorage(bytes) }
  }

  func processEnded(_ status: ExitStatus) {
    loop.execute { self.hearOut(status, rounds: 3) }
  }
}

extension Duration {
  var timeAmount: TimeAmount {
    .nanoseconds(components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000)
  }
}
