import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import RuntimeCore

/// Hears from an environment, on its event loop.
protocol EnvironmentOwner: AnyObject, Sendable {
  /// It asked for work.
  func environmentReady(_ number: Int)
  /// A call is over.
  func environmentFinished(_ ticket: EnvironmentPool.Ticket, _ result: InvocationResult)
  /// The call came too late: the environment had ended. Nothing of it happened.
  func environmentMissed(_ ticket: EnvironmentPool.Ticket)
  /// The process and everything of it are gone. `failure`: why it never became ready.
  func environmentEnded(_ number: Int, failure: FunctionFailure?)
}

/// One function process with the listener that serves it: carries out what `EnvironmentMachine` decides.
///
/// `@unchecked Sendable`: everything that changes is touched on `loop` only.
final class Environment: @unchecked Sendable {
  private struct Call {
    var ticket: EnvironmentPool.Ticket
    var request: InvocationRequest
    var started: ContinuousClock.Instant
    var initDuration: Duration?
  }

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
  private let keeper: ProcessKeeper
  private let processID: ProcessKeeper.ID
  private let observer: any HostObserver
  private let clock: WallClock
  private let loop: any EventLoop
  private let owner: any EnvironmentOwner
  private let gauge = MemoryGauge()
  private let temporaryFolder: String

  private var machine = EnvironmentMachine()
  private var listener: (any Channel)?
  private var connections: [ObjectIdentifier: RuntimeAPIHandler] = [:]
  private var parked: RuntimeAPIHandler?
  /// The connection over which a response is being streamed to its caller.
  private var streaming: RuntimeAPIHandler?
  /// Whether something of the call's response has been streamed: a second response would be appended to it.
  private var isStreamed = false
  private var log: LogCapture?
  private var call: Call?
  private var timer: Scheduled<Void>?
  private var spawned: ContinuousClock.Instant?
  private var initDuration: Duration?
  private var initFailure: FunctionFailure?
  private var ending: Ending?
  private var isGone = false

  init(
    number: Int, processID: ProcessKeeper.ID, function: FunctionConfiguration, host: HostConfiguration,
    keeper: ProcessKeeper, observer: any HostObserver, clock: WallClock, loop: any EventLoop,
    owner: any EnvironmentOwner
  ) {
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
  func assign(_ ticket: EnvironmentPool.Ticket, _ request: InvocationRequest) {
    loop.execute { self.begin(ticket, request) }
  }

  /// Ends the process.
  func end(_ reason: EnvironmentEnd) {
    loop.execute { self.beginEnd(reason, failure: nil, note: nil) }
  }

  // MARK: Start

  private func listen() {
    guard machine.state != .ended else { return gone(.stopped, nil) }
    ServerBootstrap(group: loop)
      .serverChannelOption(.backlog, value: 16)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
          try channel.pipeline.syncOperations.addHandler(RuntimeAPIHandler(environment: self))
        }
      }
      .bind(host: "127.0.0.1", port: 0)
      .assumeIsolated()
      .whenComplete { result in
        switch result {
        case .success(let channel): self.spawn(channel)
        case .failure(let error): self.failStart("cannot listen on 127.0.0.1: \(error)")
        }
      }
  }

  private func spawn(_ channel: any Channel) {
    listener = channel
    guard machine.state != .ended, let port = channel.localAddress?.port else { return gone(.stopped, nil) }
    let (function, id, log, observer) = (function, id, host.log, observer)
    spawned = .now
    keeper.spawn(
      processID,
      ProcessRequest(
        executable: function.executable, arguments: function.arguments,
        environment: EnvironmentVariables.make(
          function: function, host: host, runtimeAPI: "127.0.0.1:\(port)", environmentID: id,
          temporaryFolder: temporaryFolder),
        directory: function.codeFolder, privateFolder: temporaryFolder,
        memoryLimitBytes: function.memorySizeMiB << 20, gauge: gauge,
        makeLog: {
          LogCapture(descriptor: $0, function: function.name, environmentID: id, limits: log, observer: observer)
        },
        delegate: self))
    timer = loop.assumeIsolated().scheduleTask(in: host.initTimeout.timeAmount) { self.initTimedOut() }
  }

  private func initTimedOut() {
    let message = "Init timed out after \((host.initTimeout.milliseconds / 1000).twoDecimals) seconds"
    log?.note(
      "INIT_REPORT Init Duration: \(host.initTimeout.milliseconds.twoDecimals) ms\tPhase: init\tStatus: timeout")
    initFailure = FunctionFailure(kind: .initialization, type: "Sandbox.Timedout", message: message)
    beginEnd(.initialization, failure: nil, note: nil)
  }

  private func failStart(_ message: String) {
    gone(
      .initialization,
      FunctionFailure(kind: .initialization, type: "Runtime.InvalidEntrypoint", message: message))
  }

  // MARK: The Runtime API, called by connections on the loop

  func connectionOpened(_ connection: RuntimeAPIHandler) {
    // One connection is what a runtime needs, two what some use.
    guard connections.count < 16, !isGone else { return connection.close() }
    connections[ObjectIdentifier(connection)] = connection
  }

  func connectionClosed(_ connection: RuntimeAPIHandler) {
    connections[ObjectIdentifier(connection)] = nil
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
      if let spawned, initDuration == nil {
        let duration = ContinuousClock.now - spawned
        initDuration = duration
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

  private func begin(_ ticket: EnvironmentPool.Ticket, _ request: InvocationRequest) {
    let verdict = machine.invoke(request.requestID)
    if verdict == .undelivered { return owner.environmentMissed(ticket) }
    gauge.setActive(true)
    isStreamed = false
    log?.begin(request.requestID)
    call = Call(ticket: ticket, request: request, started: .now, initDuration: initDuration)
    initDuration = .zero
    observer.invocationStarted(function: function.name, requestID: request.requestID)
    timer = loop.assumeIsolated().scheduleTask(in: function.timeout.timeAmount) { self.timedOut() }
    if verdict == .deliver, let parked {
      self.parked = nil
      deliver(to: parked)
    }
  }

  private func deliver(to connection: RuntimeAPIHandler) {
    guard let call else { return }
    let deadline = clock.now().addingTimeInterval(function.timeout.milliseconds / 1000)
    connection.send(
      status: .ok,
      headers: [
        ("Lambda-Runtime-Aws-Request-Id", call.request.requestID),
        ("Lambda-Runtime-Deadline-Ms", String(deadline.millisecondsSince1970)),
        ("Lambda-Runtime-Invoked-Function-Arn", host.functionARN(function.name)),
        ("Lambda-Runtime-Trace-Id", call.request.traceID ?? Self.makeTraceID(clock.now())),
      ],
      body: call.request.payload)
  }

  private func respond(_ requestID: String, _ request: RuntimeAPIHandler.Request, _ connection: RuntimeAPIHandler) {
    if let violation = machine.respond(requestID) { return connection.send(RuntimeAPIAnswer(violation)) }
    if streaming === connection { streaming = nil }
    if isStreamed, request.stream == nil {
      connection.send(.accepted)
      return finish(.failure(Self.truncated(requestID)))
    }
    if request.isTooLarge {
      connection.send(.tooLarge)
      let limit =
        request.stream == nil ? RuntimeAPIRequest.maximumBodyBytes : RuntimeAPIRequest.maximumStreamBytes
      let message = "Response payload size exceeded maximum allowed payload size (\(limit) bytes)."
      return finish(
        .failure(FunctionFailure(kind: .reported, type: "Function.ResponseSizeTooLarge", message: message)))
    }
    connection.send(.accepted)
    // A streamed response tells in its trailers that it broke off.
    if let type = request.trailers?.first(name: "lambda-runtime-function-error-type") {
      let body = request.trailers?.first(name: "lambda-runtime-function-error-body")
      let payload = body.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
      return finish(.failure(Self.failure(kind: .reported, type: type, payload: payload ?? [])))
    }
    finish(.success(Array(buffer: request.body)))
  }

  /// The stream of the call that runs, where its caller wants one and nobody writes to it yet.
  func beginStream(_ requestID: String, on connection: RuntimeAPIHandler) -> ResponseStream? {
    guard machine.check(requestID) == nil, streaming == nil, let stream = call?.request.stream, !isStreamed else {
      return nil
    }
    streaming = connection
    isStreamed = true
    return stream
  }

  /// What the caller has got is not all, and cannot be taken back. Where the process ends, that is the reason instead.
  private func streamBroke() {
    guard let requestID = call?.request.requestID, !isGone else { return }
    loop.assumeIsolated().scheduleTask(in: .seconds(1)) {
      guard self.call?.request.requestID == requestID, self.ending == nil, self.machine.respond(requestID) == nil
      else { return }
      self.finish(.failure(Self.truncated(requestID)))
    }
  }

  private static func truncated(_ requestID: String) -> FunctionFailure {
    FunctionFailure(
      kind: .reported, type: "Runtime.TruncatedResponse",
      message: "RequestId: \(requestID) Error: the function's response broke off")
  }

  private func fail(_ requestID: String, _ request: RuntimeAPIHandler.Request, _ connection: RuntimeAPIHandler) {
    if let violation = machine.respond(requestID) { return connection.send(RuntimeAPIAnswer(violation)) }
    connection.send(.accepted)
    let type = request.head.headers.first(name: "lambda-runtime-function-error-type")
    finish(.failure(Self.failure(kind: .reported, type: type, payload: Array(buffer: request.body))))
  }

  private func failInitialization(_ request: RuntimeAPIHandler.Request, _ connection: RuntimeAPIHandler) {
    if let violation = machine.failInitialization() { return connection.send(RuntimeAPIAnswer(violation)) }
    connection.send(.accepted)
    let type = request.head.headers.first(name: "lambda-runtime-function-error-type")
    initFailure = Self.failure(kind: .initialization, type: type, payload: Array(buffer: request.body))
    timer?.cancel()
    // It is expected to end by itself, with its last words in the log.
    timer = loop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.keeper.kill(self.processID) }
  }

  // MARK: Ends

  private func timedOut() {
    guard let call else { return }
    let text = "Task timed out after \((function.timeout.milliseconds / 1000).twoDecimals) seconds"
    let failure = FunctionFailure(
      kind: .timedOut, type: "Sandbox.Timedout", message: "RequestId: \(call.request.requestID) Error: \(text)")
    let time = clock.now().iso8601(milliseconds: true)
    beginEnd(.timedOut, failure: failure, note: "\(time) \(call.request.requestID) \(text)")
  }

  private func ranOutOfMemory() {
    let used = gauge.maximumBytes >> 20
    var text = "Runtime exited with error: signal: killed: used \(used) MB, memory size is \(function.memorySizeMiB) MB"
    if let call { text = "RequestId: \(call.request.requestID) Error: \(text)" }
    let failure = FunctionFailure(kind: .outOfMemory, type: "Runtime.OutOfMemory", message: text)
    if machine.state == .starting { initFailure = failure }
    beginEnd(.outOfMemory, failure: failure, note: text)
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
    let message = "RequestId: \(call.request.requestID) Error: \(status?.description ?? "the host shut down")"
    finish(.failure(FunctionFailure(kind: .crashed, type: "Runtime.ExitError", message: message)), note: message)
  }

  private func finish(_ outcome: InvocationOutcome, note: String? = nil, duration: Duration? = nil) {
    guard let call else { return }
    self.call = nil
    if ending == nil { timer?.cancel() }
    gauge.sample()
    let report = InvocationReport(
      requestID: call.request.requestID, duration: duration ?? (.now - call.started),
      initDuration: call.initDuration == .zero ? nil : call.initDuration, memorySizeMiB: function.memorySizeMiB,
      maximumMemoryMiB: (gauge.maximumBytes + (1 << 20) - 1) >> 20)
    let tail = log?.end(note: note, report: report) ?? []
    let result = InvocationResult(outcome: outcome, report: report, logTail: tail)
    observer.invocationEnded(function: function.name, result: result)
    owner.environmentFinished(call.ticket, result)
  }

  private func ended(_ status: ExitStatus) {
    let wasStarting = machine.state == .starting
    _ = machine.end()
    finishEnding(status)
    if wasStarting, initFailure == nil, ending == nil {
      initFailure = FunctionFailure(kind: .initialization, type: "Runtime.ExitError", message: status.description)
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
    for connection in connections.values { connection.close() }
    listener?.close(promise: nil)
    let folder = temporaryFolder
    NIOThreadPool.singleton.runIfActive(eventLoop: loop) {
      // What is left although it cannot be removed goes when the next host starts.
      try? FileManager.default.removeItem(atPath: folder)
    }
    .assumeIsolated()
    .whenComplete { _ in
      self.observer.environmentEnded(function: self.function.name, reason: reason)
      self.owner.environmentEnded(self.number, failure: failure)
    }
  }

  // MARK: Helpers

  private static func failure(kind: FunctionFailure.Kind, type: String?, payload: [UInt8]) -> FunctionFailure {
    let body = try? JSON.decode(JSONValue.self, from: payload)
    let type = body?["errorType"]?.stringValue ?? type ?? "Unhandled"
    let message = body?["errorMessage"]?.stringValue ?? String(decoding: payload.prefix(1024), as: UTF8.self)
    return FunctionFailure(kind: kind, type: type, message: message, payload: body == nil ? nil : payload)
  }

  /// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
  private static func makeTraceID(_ now: Date) -> String {
    let seconds = String(Int64(now.timeIntervalSince1970), radix: 16)
    let random = RequestID.make().filter { $0 != "-" }
    return "Root=1-\(seconds)-\(random.prefix(24));Parent=\(random.suffix(16));Sampled=0"
  }
}

extension Environment: ProcessDelegate {
  func processStarted(log: LogCapture) {
    loop.execute { self.log = log }
  }

  func processFailedToStart(_ error: HostError) {
    loop.execute { self.failStart(error.message) }
  }

  func processExceededMemory() {
    loop.execute { self.ranOutOfMemory() }
  }

  func processEnded(_ status: ExitStatus) {
    loop.execute { self.ended(status) }
  }
}

extension Duration {
  var timeAmount: TimeAmount {
    .nanoseconds(components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000)
  }
}
