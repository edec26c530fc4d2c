import CProcess
import Glibc
import Core

/// What the process keeper's thread does, and what it alone knows.
struct SupervisorLoop {
  private struct Child {
    let id: ProcessSupervisor.ID
    let request: ProcessRequest
    let pid: pid_t
    let pidDescriptor: Int32
    let log: any ProcessOutput
    let logDescriptor: Int32
    var isLogOpen = true
    /// The log is left in the pipe until then, so that a flooding writer slows down.
    var pausedUntil: ContinuousClock.Instant?
    var toldAboutMemory = false
    var toldAboutStorage = false
    var status: ExitStatus?
    /// When the session's priority is to be lowered again, after the system asked to come later.
    var priorityDue: ContinuousClock.Instant?
    /// A process outside the session may hold the log's other end: it is not waited for longer than until then.
    var logDeadline: ContinuousClock.Instant?
  }

  private enum Token {
    static let wake: UInt64 = 0
    static func exit(_ id: ProcessSupervisor.ID) -> UInt64 { id << 3 | 1 }
    static func log(_ id: ProcessSupervisor.ID) -> UInt64 { id << 3 | 2 }
    static func order(_ number: UInt64) -> UInt64 { number << 3 | 3 }
    static func server(_ number: UInt64) -> UInt64 { number << 3 | 4 }
  }

  private let poll: Int32
  private let inbox: KeeperInbox
  private let memoryInterval: Duration
  private let logGrace: Duration
  private let isInit = getpid() == 1
  private var children: [ProcessSupervisor.ID: Child] = [:]
  private var forks: ForkServers
  private var isStopping = false
  private var nextSample = ContinuousClock.now
  private var nextGroupSample = ContinuousClock.now

  init(poll: Int32, inbox: KeeperInbox, memoryInterval: Duration, logGrace: Duration) {
    self.poll = poll
    self.inbox = inbox
    self.memoryInterval = memoryInterval
    self.logGrace = logGrace
    forks = ForkServers { descriptor, number, isServer in
      Self.register(descriptor, isServer ? Token.server(number) : Token.order(number), poll)
    }
  }

  mutating func run() {
    defer { close(poll) }
    Self.register(inbox.wake, Token.wake, poll)
    var events = [epoll_event](repeating: epoll_event(), count: 128)
    while !(isStopping && children.isEmpty && forks.isEmpty) {
      let count = epoll_wait(poll, &events, Int32(events.count), waitMilliseconds())
      var exited: [ProcessSupervisor.ID] = []
      for event in events.prefix(Int(max(0, count))) {
        let token = event.data.u64
        switch token & 7 {
        case 1: exited.append(token >> 3)
        case 2: readLog(token >> 3)
        case 3: hear(order: token >> 3)
        case 4: forks.serverEnded(token >> 3)
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
        forks.cancel(id)
      case .stop:
        isStopping = true
        forks.stop()
        for child in children.values where child.status == nil { Glibc.kill(-child.pid, SIGKILL) }
      }
    }
  }

  private mutating func spawn(_ id: ProcessSupervisor.ID, _ request: ProcessRequest) {
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
    if forks.order(id, request, reading: pipe[0], writing: pipe[1]) { return }
    start(id, request, reading: pipe[0], writing: pipe[1])
  }

  /// Starts a process by itself.
  private mutating func start(_ id: ProcessSupervisor.ID, _ request: ProcessRequest, reading: Int32, writing: Int32) {
    var pid: pid_t = 0
    var pidDescriptor: Int32 = -1
    let error = ProcessStart.start(
      request, environment: request.environment, output: writing, &pid, &pidDescriptor)
    close(writing)
    guard error == 0 else {
      close(reading)
      let message = "cannot start '\(request.executable)' in '\(request.directory)': \(describe(errno: error))"
      request.delegate.processFailedToStart(HostError("CannotStart", message, isRetryable: true))
      return
    }
    watch(id, request, pid, pidDescriptor, log: reading)
  }

  private mutating func watch(
    _ id: ProcessSupervisor.ID, _ request: ProcessRequest, _ pid: pid_t, _ pidDescriptor: Int32, log reading: Int32
  ) {
    request.gauge.attach(pid: pid)
    let log = request.delegate.processStarted(output: reading)
    children[id] = Child(
      id: id, request: request, pid: pid, pidDescriptor: pidDescriptor, log: log, logDescriptor: reading)
    // Before it runs a thread of its own.
    lowerPriority(of: id, now: .now)
    Self.register(pidDescriptor, Token.exit(id), poll)
    Self.register(reading, Token.log(id), poll)
  }

  private mutating func lowerPriority(of id: ProcessSupervisor.ID, now: ContinuousClock.Instant) {
    guard let child = children[id], child.request.niceness > 0 else { return }
    let isSettled = SessionPriority.lower(child.pid, to: child.request.niceness)
    children[id]?.priorityDue = isSettled ? nil : now + .milliseconds(100)
  }

  private mutating func hear(order number: UInt64) {
    let known = children
    if let outcome = forks.hear(number, isTaken: { pid in known.values.contains { $0.pid == pid } }) {
      settle(outcome)
    }
  }

  private mutating func settle(_ outcome: ForkServers.Outcome) {
    switch outcome {
    case .forked(let order, let pid, let pidDescriptor):
      close(order.writing)
      watch(order.id, order.request, pid, pidDescriptor, log: order.reading)
      if order.isCancelled { Glibc.kill(-pid, SIGKILL) } else { order.letGo() }
      order.close()
    case .failed(let order) where order.isCancelled:
      close(order.writing)
      close(order.reading)
      order.request.delegate.processEnded(.signalled(SIGKILL))
    case .failed(let order):
      start(order.id, order.request, reading: order.reading, writing: order.writing)
    }
  }

  // MARK: Ends

  private mutating func reap(_ ids: [ProcessSupervisor.ID]) {
    var sessions: [pid_t: ProcessSupervisor.ID] = [:]
    var folders: Set<String> = []
    for id in ids {
      guard let child = children[id], child.status == nil else { continue }
      sessions[child.pid] = id
      folders.insert(child.request.privateFolder)
    }
    guard !sessions.isEmpty else { return }
    let living = Set(children.values.map(\.pid))
    // Until it is waited for, the leader's number is taken, so that nothing of these sessions can be mistaken. A process
    // that made a session of its own is known by the private folder that it was given.
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
      children[id]?.priorityDue = nil
      let logDeadline = ContinuousClock.now + logGrace
      children[id]?.logDeadline = logDeadline
      if let child = children[id] {
        epoll_ctl(poll, EPOLL_CTL_DEL, child.pidDescriptor, nil)
        close(child.pidDescriptor)
        child.request.gauge.detach()
      }
      readLog(id)
      // Its log may have ended first.
      finishIfDone(id, now: .now)
    }
    if isInit { reapStrangers() }
  }

  /// As process 1 of a container the host inherits what its functions' orphans leave behind.
  private func reapStrangers() {
    let own = Set(children.values.map(\.pid) + forks.processes)
    while true {
      var info = siginfo_t()
      guard waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 else { return }
      let pid = info._sifields._sigchld.si_pid
      if pid == 0 || own.contains(pid) { return }
      waitpid(pid, nil, WNOHANG)
    }
  }

  private mutating func finishIfDone(_ id: ProcessSupervisor.ID, now: ContinuousClock.Instant) {
    guard let child = children[id], let status = child.status, let deadline = child.logDeadline else { return }
    guard !child.isLogOpen || now >= deadline else { return }
    if child.isLogOpen { epoll_ctl(poll, EPOLL_CTL_DEL, child.logDescriptor, nil) }
    child.log.close()
    children[id] = nil
    child.request.delegate.processEnded(status)
  }

  // MARK: Logs

  private mutating func readLog(_ id: ProcessSupervisor.ID) {
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
    let deadline = forks.nextDeadline
    if children.isEmpty, deadline == nil { return -1 }
    var next = nextSample
    if let deadline { next = min(next, deadline) }
    for child in children.values {
      if let until = child.pausedUntil { next = min(next, until) }
      if let due = child.priorityDue { next = min(next, due) }
      if let deadline = child.logDeadline { next = min(next, deadline) }
    }
    return Int32(max(0, min(60_000, ((next - .now) / .milliseconds(1)).rounded(.up))))
  }

  private mutating func tick(_ now: ContinuousClock.Instant) {
    for child in children.values {
      if let until = child.pausedUntil, now >= until {
        children[child.id]?.pausedUntil = nil
        listen(to: child, events: EPOLLIN.rawValue)
      }
      if let due = child.priorityDue, now >= due { lowerPriority(of: child.id, now: now) }
      if let deadline = child.logDeadline, now >= deadline { finishIfDone(child.id, now: now) }
    }
    for outcome in forks.expire(now) { settle(outcome) }
    guard now >= nextSample else { return }
    nextSample = now + memoryInterval
    sampleMemory(now)
  }

  /// The leaders' peaks are cheap to read and looked at each time; the sum over a group takes a walk through `/proc`, which
  /// is done every fourth time at most, and with many processes so rarely that it takes a thousandth of a
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
      sampleStorage(active)
      nextGroupSample = now + max(memoryInterval * 4, .seconds(1000 * (ProcessorTime.ofThread - usedBefore)))
    }
    for child in active where !child.toldAboutMemory {
      guard child.request.gauge.maximumBytes > child.request.memoryLimitBytes else { continue }
      children[child.id]?.toldAboutMemory = true
      child.request.delegate.processExceededMemory()
    }
  }

  /// Together with the groups' memory, and counted in what that may cost.
  private mutating func sampleStorage(_ active: [Child]) {
    for child in active where !child.toldAboutStorage {
      guard let limit = child.request.storageLimitBytes else { continue }
      let bytes = FolderUsage.bytes(of: child.request.privateFolder, atMost: limit)
      guard bytes > limit else { continue }
      children[child.id]?.toldAboutStorage = true
      child.request.delegate.processExceededStorage(bytes: bytes)
    }
  }

  // MARK: epoll

  private static func register(_ descriptor: Int32, _ token: UInt64, _ poll: Int32) {
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: token))
    epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)
  }

  private func listen(to child: Child, events: UInt32) {
    // Hang-ups are told in any case; a flooding process that ends is read to its end.
    var event = epoll_event(events: events, data: epoll_data_t(u64: Token.log(child.id)))
    epoll_ctl(poll, EPOLL_CTL_MOD, child.logDescriptor, &event)
  }
}
