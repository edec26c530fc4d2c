import CProcess
import Glibc

/// How a function's processes are forked from one of their kind, where its executable can serve them.
package struct ForkFamily: Sendable {
  /// The function, which has a server of its own.
  package var name: String
  /// What the server is started with: variables that its constructors and its loader may read.
  package var environment: [String: String]

  package init(name: String, environment: [String: String]) {
    self.name = name
    self.environment = environment
  }
}

/// The fork servers of a host, one per function whose executable can be one, and what was ordered of them. A server has
/// loaded the executable's libraries and waits; the processes that are forked from it share what that has written and are
/// there at once. It is started when the function first needs a process, and again when it has died or the file has changed.
///
/// Every answer comes over a channel of the order's own, so nothing is ever waited for here. What does not come, comes too
/// late or is a refusal costs the server: the process is started without it, and a new server is tried later.
///
/// Used on the process keeper's thread only.
struct ForkServers {
  /// A process that was ordered, and the descriptors of its output, which are the order's until it is settled.
  struct Order {
    let id: ProcessSupervisor.ID
    let request: ProcessRequest
    let reading: Int32
    let writing: Int32
    /// The process was to be killed meanwhile.
    var isCancelled = false
    fileprivate let family: String
    fileprivate let server: UInt64
    fileprivate let channel: Int32
    fileprivate let deadline: ContinuousClock.Instant
    /// It was settled without the server: if something comes of it after all, it is ended.
    fileprivate var isAbandoned = false
    fileprivate var made: (pid: pid_t, descriptor: Int32)?

    /// Lets the process begin. One that was not let go before `close` ends.
    func letGo() { _ = cprocess_let_go(channel) }
    func close() { _ = Glibc.close(channel) }
  }

  /// How an order ended. What is in it is the caller's from here on.
  enum Outcome {
    /// The process exists and waits; the order's channel is still to be closed.
    case forked(Order, pid: pid_t, pidDescriptor: Int32)
    /// Nothing of it exists.
    case failed(Order)
  }

  private struct Server {
    let pid: pid_t
    let pidDescriptor: Int32
    /// Closed once it is to end.
    var socket: Int32
  }

  private struct Family {
    let identity: ForkServerNote.Identity
    let canServe: Bool
    var server: UInt64?
    /// Since the last order that succeeded.
    var failures = 0
    var notBefore: ContinuousClock.Instant?
  }

  /// Starting a server, which the first order waits for, takes a hundredth of that on an idle machine.
  private static let startTimeout = Duration.seconds(5)

  /// Registers a descriptor for the events of a server (its end) or of an order (an answer).
  private let register: (_ descriptor: Int32, _ number: UInt64, _ isServer: Bool) -> Void
  private var families: [String: Family] = [:]
  /// Those that end included.
  private var servers: [UInt64: Server] = [:]
  private var orders: [UInt64: Order] = [:]
  private var lastNumber: UInt64 = 0

  init(register: @escaping (_ descriptor: Int32, _ number: UInt64, _ isServer: Bool) -> Void) {
    self.register = register
  }

  var isEmpty: Bool { servers.isEmpty && orders.isEmpty }

  /// Children of the host that are known here only.
  var processes: [pid_t] { servers.values.map(\.pid) + orders.values.compactMap(\.made?.pid) }

  /// When the next order is too late.
  var nextDeadline: ContinuousClock.Instant? {
    orders.values.lazy.filter { !$0.isAbandoned }.map(\.deadline).min()
  }

  // MARK: Orders

  /// Orders a process. False without a server for it: then nothing has changed, and it is to be started otherwise.
  mutating func order(_ id: ProcessSupervisor.ID, _ request: ProcessRequest, reading: Int32, writing: Int32) -> Bool {
    guard let name = request.forkFamily?.name, let number = server(for: request), let server = servers[number] else {
      return false
    }
    let (ruleset, failure) = request.confinement?.ruleset() ?? (-1, 0)
    guard failure == 0 else { return false }
    defer { if ruleset >= 0 { Glibc.close(ruleset) } }
    var ends: [Int32] = [-1, -1]
    guard cprocess_socketpair(&ends) == 0 else { return false }
    let strings = [request.directory] + request.environment.map { "\($0.key)=\($0.value)" }
    let bytes = Array(strings.joined(separator: "\0").utf8) + [0]
    let error = bytes.withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        cprocess_order(server.socket, $0.baseAddress, $0.count, writing, ends[1], ruleset)
      }
    }
    Glibc.close(ends[1])
    guard error == 0 else {
      Glibc.close(ends[0])
      // One that has died is noticed by its end. More, or longer, than the socket takes is no fault of the server's.
      return false
    }
    lastNumber += 1
    orders[lastNumber] = Order(
      id: id, request: request, reading: reading, writing: writing, family: name, server: number, channel: ends[0],
      deadline: .now + Self.startTimeout)
    register(ends[0], lastNumber, false)
    return true
  }

  /// An order's channel has something to say. nil where it is not settled yet.
  ///
  /// - Parameter isTaken: whether a process number is one that the host knows already.
  mutating func hear(_ number: UInt64, isTaken: (pid_t) -> Bool) -> Outcome? {
    while var order = orders[number] {
      var answer = cprocess_answer()
      switch cprocess_hear(order.channel, &answer) {
      case 0: return nil
      case 1:
        if order.made == nil, answer.pid > 0, !isTaken(answer.pid) {
          var descriptor: Int32 = -1
          if cprocess_adopt(answer.pid, &descriptor) == 0 { order.made = (answer.pid, descriptor) }
          orders[number] = order
        }
        guard answer.error == 0, let made = order.made, made.pid == answer.pid else { return fail(number) }
        guard answer.stage == 1 else { continue }
        guard !order.isAbandoned else { return fail(number) }
        orders[number] = nil
        families[order.family]?.failures = 0
        return .forked(order, pid: made.pid, pidDescriptor: made.descriptor)
      default: return fail(number)
      }
    }
    return nil
  }

  /// Gives up what should have been there by now.
  mutating func expire(_ now: ContinuousClock.Instant) -> [Outcome] {
    var outcomes: [Outcome] = []
    for (number, order) in orders where !order.isAbandoned && now >= order.deadline {
      blame(order)
      orders[number]?.isAbandoned = true
      outcomes.append(.failed(order))
    }
    return outcomes
  }

  /// The process is not wanted any more.
  mutating func cancel(_ id: ProcessSupervisor.ID) {
    for (number, order) in orders where order.id == id { orders[number]?.isCancelled = true }
  }

  /// Ends all servers, and has nothing come of the orders.
  mutating func stop() {
    for number in orders.keys { orders[number]?.isCancelled = true }
    for number in servers.keys { end(number) }
    families = [:]
  }

  /// Removes an order of which nothing will come; a process that was made nevertheless has not begun, and is ended.
  private mutating func fail(_ number: UInt64) -> Outcome? {
    guard let order = orders.removeValue(forKey: number) else { return nil }
    order.close()
    if let made = order.made {
      kill(made.pid, SIGKILL)
      waitpid(made.pid, nil, 0)
      Glibc.close(made.descriptor)
    }
    if order.isAbandoned { return nil }
    if !order.isCancelled { blame(order) }
    return .failed(order)
  }

  // MARK: Servers

  /// A server's end has come.
  mutating func serverEnded(_ number: UInt64) {
    guard let server = servers[number], waitpid(server.pid, nil, WNOHANG) != 0 else { return }
    end(number)
    Glibc.close(server.pidDescriptor)
    servers[number] = nil
  }

  /// The function's server, started if need be.
  private mutating func server(for request: ProcessRequest) -> UInt64? {
    guard let name = request.forkFamily?.name, let identity = ForkServerNote.Identity(path: request.executable) else {
      return nil
    }
    if families[name]?.identity != identity {
      if let old = families[name]?.server { end(old) }
      families[name] = Family(identity: identity, canServe: ForkServerNote.isIn(request.executable))
    }
    guard let family = families[name], family.canServe else { return nil }
    if let number = family.server { return number }
    if let notBefore = family.notBefore, ContinuousClock.now < notBefore { return nil }
    guard let number = start(request) else {
      delay(name)
      return nil
    }
    families[name]?.server = number
    return number
  }

  private mutating func start(_ request: ProcessRequest) -> UInt64? {
    guard let environment = request.forkFamily?.environment else { return nil }
    var ends: [Int32] = [-1, -1]
    guard cprocess_socketpair(&ends) == 0 else { return nil }
    // Whatever the loader has to say is said again by the process that is started without a server.
    let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
    var pid: pid_t = 0
    var descriptor: Int32 = -1
    let error = ProcessStart.start(
      request, environment: environment, input: ends[1], output: null, isServer: true, &pid, &descriptor)
    Glibc.close(ends[1])
    if null >= 0 { Glibc.close(null) }
    guard error == 0 else {
      Glibc.close(ends[0])
      return nil
    }
    lastNumber += 1
    servers[lastNumber] = Server(pid: pid, pidDescriptor: descriptor, socket: ends[0])
    register(descriptor, lastNumber, true)
    return lastNumber
  }

  /// The server of an order has failed at it: it is ended, and the next is tried later the more often that happens.
  private mutating func blame(_ order: Order) {
    guard families[order.family]?.server == order.server else { return }
    end(order.server)
    delay(order.family)
  }

  private mutating func delay(_ family: String) {
    guard let failures = families[family]?.failures else { return }
    families[family]?.failures = min(failures + 1, 8)
    families[family]?.notBefore = .now + .milliseconds(250 << failures)
  }

  /// Only the server itself is killed: what it has made and not yet said is found by the order's channel.
  private mutating func end(_ number: UInt64) {
    guard let server = servers[number], server.socket >= 0 else { return }
    kill(server.pid, SIGKILL)
    Glibc.close(server.socket)
    servers[number]?.socket = -1
    for (name, family) in families where family.server == number { families[name]?.server = nil }
  }
}
