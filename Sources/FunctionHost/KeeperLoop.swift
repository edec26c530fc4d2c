import CProcess
import Glibc
import RuntimeCore

/// What the process keeper's thread does, and what it alone knows.
struct KeeperLoop {
  private struct Child {
    let id: ProcessKeeper.ID
    let request: ProcessRequest
    let pid: pid_t
    let pidDescriptor: Int32
    let log: LogCapture
    let logDescriptor: Int32
    var isLogOpen = true
    /// The log is left in the pipe until then, so that a flooding writer slows down.
    var pausedUntil: ContinuousClock.Instant?
    var toldAboutMemory = false
    var status: ExitStatus?
    /// Somebody outside the session may hold the log's other end: it is not waited for longer than until then.
    var logDeadline: ContinuousClock.Instant?
  }

  private enum Token {
    static let wake: UInt64 = 0
    static func exit(_ id: ProcessKeeper.ID) -> UInt64 { id << 2 | 1 }
    static func log(_ id: ProcessKeeper.ID) -> UInt64 { id << 2 | 2 }
  }

  private let poll: Int32
  private let inbox: KeeperInbox
  private let memoryInterval: Duration
  private let isInit = getpid() == 1
  private var children: [ProcessKeeper.ID: Child] = [:]
  private var isStopping = false
  private var nextSample = ContinuousClock.now
  private var nextGroupSample = ContinuousClock.now

  init(poll: Int32, inbox: KeeperInbox, memoryInterval: Duration) {
    self.poll = poll
    self.inbox = inbox
    self.memoryInterval = memoryInterval
  }

  mutating func run() {
    defer { close(poll) }
    register(inbox.wake, Token.wake)
    var events = [epoll_event](repeating: epoll_event(), count: 128)
    while !(isStopping && children.isEmpty) {
      let count = epoll_wait(poll, &events, Int32(events.count), waitMilliseconds())
      var exited: [ProcessKeeper.ID] = []
      for event in events.prefix(Int(max(0, count))) {
        let token = event.data.u64
        switch token & 3 {
        case 1: exited.append(token >> 2)
        case 2: readLog(token >> 2)
        default: obey(inbox.takeAll())
        }
      }
      reap(exited)
      tick(.now)
    }
  }

  // MARK: Orders

  private mutating func obey(_ commands: [KeeperInbox.Command]) {
    for command in commands {
      switch command {
      case .spawn(let id, let request):
        if isStopping {
          request.delegate.processFailedToStart(HostError("HostStopped", "the host is shutting down"))
        } else {
          spawn(id, request)
        }
      case .kill(let id):
        if let child = children[id], child.status == nil { Glibc.kill(-child.pid, SIGKILL) }
      case .stop:
        isStopping = true
        for child in children.values where child.status == nil { Glibc.kill(-child.pid, SIGKILL) }
      }
    }
  }

  private mutating func spawn(_ id: ProcessKeeper.ID, _ request: ProcessRequest) {
    guard mkdir(request.privateFolder, 0o700) == 0 else {
      request.delegate.processFailedToStart(.system("mkdir '\(request.privateFolder)'", errno))
      return
    }
    var pipe: [Int32] = [-1, -1]
    let failure = cprocess_pipe(&pipe)
    guard failure == 0 else {
      request.delegate.processFailedToStart(.system("pipe2", failure))
      return
    }
    let (reading, writing) = (pipe[0], pipe[1])
    var pid: pid_t = 0
    var pidDescriptor: Int32 = -1
    let error = Self.start(request, output: writing, &pid, &pidDescriptor)
    close(writing)
    guard error == 0 else {
      close(reading)
      let message = "cannot start '\(request.executable)' in '\(request.directory)': \(describe(errno: error))"
      request.delegate.processFailedToStart(HostError("CannotStart", message, isRetryable: true))
      return
    }
    request.gauge.attach(pid: pid)
    let log = request.makeLog(reading)
    children[id] = Child(
      id: id, request: request, pid: pid, pidDescriptor: pidDescriptor, log: log, logDescriptor: reading)
    register(pidDescriptor, Token.exit(id))
    register(reading, Token.log(id))
    request.delegate.processStarted(log: log)
  }

  private static func start(
    _ request: ProcessRequest, output: Int32, _ pid: inout pid_t, _ pidDescriptor: inout Int32
  ) -> Int32 {
    let arguments = [request.executable] + request.arguments
    let environment = request.environment.map { "\($0.key)=\($0.value)" }
    return withCStrings(arguments) { arguments in
      withCStrings(environment) { environment in
        request.executable.withCString { executable in
          request.directory.withCString { directory in
            var order = cprocess_request(
              executable: executable, arguments: arguments, environment: environment, directory: directory,
              output: output, open_files: 1024)
            return cprocess_spawn(&order, &pid, &pidDescriptor)
          }
        }
      }
    }
  }

  // MARK: Ends

  private mutating func reap(_ ids: [ProcessKeeper.ID]) {
    var sessions: [pid_t: ProcessKeeper.ID] = [:]
    var folders: Set<String> = []
    for id in ids {
      guard let child = children[id], child.status == nil else { continue }
      sessions[child.pid] = id
      folders.insert(child.request.privateFolder)
    }
    guard !sessions.isEmpty else { return }
    let living = Set(children.values.map(\.pid))
    // Until it is waited for, the leader's number is taken, so that nothing of these sessions can be mistaken. Whoever
    // made a session of its own is known by the private folder that it was given.
    ProcessTable.forEach { entry in
      if sessions[entry.session] != nil {
        if sessions[entry.pid] == nil { Glibc.kill(entry.pid, SIGKILL) }
      } else if !living.contains(entry.session), let folder = ProcessTable.variable("TMPDIR", of: entry.pid),
        folders.contains(folder)
      {
        Glibc.kill(entry.pid, SIGKILL)
      }
    }
    for (pid, id) in sessions {
      Glibc.kill(-pid, SIGKILL)
      var status: Int32 = 0
      guard waitpid(pid, &status, WNOHANG) == pid else { continue }
      children[id]?.status = ExitStatus(waitStatus: status)
      children[id]?.logDeadline = .now + .milliseconds(200)
      if let child = children[id] {
        epoll_ctl(poll, EPOLL_CTL_DEL, child.pidDescriptor, nil)
        close(child.pidDescriptor)
        child.request.gauge.detach()
      }
      readLog(id)
    }
    if isInit { reapStrangers() }
  }

  /// As process 1 of a container the host inherits what its functions' orphans leave behind.
  private func reapStrangers() {
    let own = Set(children.values.map(\.pid))
    while true {
      var info = siginfo_t()
      guard waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 else { return }
      let pid = info._sifields._sigchld.si_pid
      if pid == 0 || own.contains(pid) { return }
      waitpid(pid, nil, WNOHANG)
    }
  }

  private mutating func finishIfDone(_ id: ProcessKeeper.ID, now: ContinuousClock.Instant) {
    guard let child = children[id], let status = child.status, let deadline = child.logDeadline else { return }
    guard !child.isLogOpen || now >= deadline else { return }
    if child.isLogOpen { epoll_ctl(poll, EPOLL_CTL_DEL, child.logDescriptor, nil) }
    child.log.close()
    children[id] = nil
    child.request.delegate.processEnded(status)
  }

  // MARK: Logs

  private mutating func readLog(_ id: ProcessKeeper.ID) {
    guard let child = children[id], child.isLogOpen else { return }
    switch child.log.drain() {
    case .empty: break
    case .flooded where child.status == nil:
      children[id]?.pausedUntil = .now + .milliseconds(100)
      listen(to: child, events: 0)
    case .flooded: break
    case .ended:
      epoll_ctl(poll, EPOLL_CTL_DEL, child.logDescriptor, nil)
      children[id]?.isLogOpen = false
    }
    finishIfDone(id, now: .now)
  }

  // MARK: Time

  private func waitMilliseconds() -> Int32 {
    if children.isEmpty { return -1 }
    var next = nextSample
    for child in children.values {
      if let until = child.pausedUntil { next = min(next, until) }
      if let deadline = child.logDeadline { next = min(next, deadline) }
    }
    return Int32(max(0, min(60_000, (next - .now).milliseconds.rounded(.up))))
  }

  private mutating func tick(_ now: ContinuousClock.Instant) {
    for child in children.values {
      if let until = child.pausedUntil, now >= until {
        children[child.id]?.pausedUntil = nil
        listen(to: child, events: EPOLLIN.rawValue)
      }
      if let deadline = child.logDeadline, now >= deadline { finishIfDone(child.id, now: now) }
    }
    guard now >= nextSample else { return }
    nextSample = now + memoryInterval
    sampleMemory(now)
  }

  /// The leaders' peaks are cheap to read and looked at each time; the sum over a group takes a walk through `/proc`, which
  /// is done every fourth time at most, and where there are many processes so rarely that it takes a thousandth of a
  /// processor.
  private mutating func sampleMemory(_ now: ContinuousClock.Instant) {
    let active = children.values.filter { $0.request.gauge.isActive && $0.status == nil }
    guard !active.isEmpty else { return }
    for child in active { child.request.gauge.sample() }
    if now >= nextGroupSample {
      let usedBefore = ProcessorTime.ofThread
      var sums: [pid_t: Int] = [:]
      ProcessTable.forEach { sums[$0.session, default: 0] += $0.residentBytes }
      for child in active { child.request.gauge.saw(bytes: sums[child.pid] ?? 0) }
      nextGroupSample = now + max(memoryInterval * 4, .seconds(1000 * (ProcessorTime.ofThread - usedBefore)))
    }
    for child in active where !child.toldAboutMemory {
      guard child.request.gauge.maximumBytes > child.request.memoryLimitBytes else { continue }
      children[child.id]?.toldAboutMemory = true
      child.request.delegate.processExceededMemory()
    }
  }

  // MARK: epoll

  private func register(_ descriptor: Int32, _ token: UInt64) {
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: token))
    epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)
  }

  private func listen(to child: Child, events: UInt32) {
    // Hang-ups are told in any case; a flooding process that ends is read to its end.
    var event = epoll_event(events: events, data: epoll_data_t(u64: Token.log(child.id)))
    epoll_ctl(poll, EPOLL_CTL_MOD, child.logDescriptor, &event)
  }
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Value>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
  var copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  copies.append(nil)
  defer { for copy in copies { free(copy) } }
  return body(&copies)
}
