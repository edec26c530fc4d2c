import Dispatch
import Glibc
import Core
import Synchronization

/// A raw HTTP/1.1 server on 127.0.0.1 for tests: says exactly what it is told to, correct or not, and remembers what it
/// was sent.
///
/// One thread per connection; `stop` (or the end of its life) closes all connections and waits for the threads.
package final class LoopbackServer: Sendable {
  /// What is done in answer to a request, in order. A connection is kept alive unless it ends in `close` or `reset`.
  package enum Step: Sendable {
    case send([UInt8])
    /// Sends a piece so many times; opens the gate as soon as the client has stopped reading for a while (which counts
    /// as `blocked`), or else at the end.
    case sendUntilBlocked([UInt8], times: Int, then: Gate)
    /// Waits until the gate is opened.
    case hold(Gate)
    /// Waits until the client goes away or the server stops.
    case stall
    case close
    /// Closes with a TCP reset, so that the client's next read fails.
    case reset
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private struct State {
    var connections: [Int32: Int] = [:]
    var accepted = 0
    var requests: [ReceivedRequest] = []
    var threads: [DedicatedThread] = []
    var isStopping = false
    var blocked = 0
  }

  package let port: Int
  private let listener: Int32
  private let state = Mutex(State())
  private let script: @Sendable (ReceivedRequest) -> [Step]
  private let clientLeft = DispatchSemaphore(value: 0)

  /// - Parameter script: what to do for a request; called on the connection's thread.
  package init(_ script: @escaping @Sendable (ReceivedRequest) -> [Step]) throws {
    self.script = script
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw Failure(description: "socket: errno \(errno)") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let status = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        if bind(listener, address, length) != 0 || listen(listener, 128) != 0 { return Int32(-1) }
        return getsockname(listener, address, &length)
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard status == 0 else { throw Failure(description: "cannot listen: errno \(errno)") }
    let thread = try DedicatedThread(name: "accept") { [weak self, listener] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        // Head and body often go in two pieces, the second of which would wait for the first one's receipt.
        var yes: Int32 = 1
        setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard let self, self.serve(connection) else {
          Glibc.close(connection)
          return
        }
      }
    }
    state.withLock { $0.threads.append(thread) }
  }

  deinit {
    stop()
    Glibc.close(listener)
  }

  package var url: String { "http://127.0.0.1:\(port)" }

  /// Connections accepted since the start.
  package var accepted: Int { state.withLock { $0.accepted } }

  /// Requests in the order in which they were complete.
  package var requests: [ReceivedRequest] { state.withLock { $0.requests } }

  /// How often `sendUntilBlocked` found that the client does not read.
  package var blocked: Int { state.withLock { $0.blocked } }

  /// Blocks until a client has closed a connection while `stall` waited for it.
  package func waitForClientToLeave() { clientLeft.wait() }

  package func stop() {
    let threads = state.withLock { state in
      state.isStopping = true
      for connection in state.connections.keys { shutdown(connection, Int32(SHUT_RDWR)) }
      defer { state.threads = [] }
      return state.threads
    }
    shutdown(listener, Int32(SHUT_RDWR))
    for thread in threads { thread.join() }
  }

  // MARK: Connections

  private func serve(_ connection: Int32) -> Bool {
    state.withLock { state in
      guard !state.isStopping else { return false }
      state.accepted += 1
      let number = state.accepted
      state.connections[connection] = number
      let thread = try? DedicatedThread(name: "connection") { [self] in
        converse(on: connection, number: number)
        self.state.withLock { _ = $0.connections.removeValue(forKey: connection) }
        Glibc.close(connection)
      }
      if let thread { state.threads.append(thread) }
      return thread != nil
    }
  }

  private func converse(on connection: Int32, number: Int) {
    var reader = RequestReader { Self.receive(connection, into: $0) }
    while let read = reader.next() {
      let request = state.withLock { state in
        var request = read
        request.connection = number
        request.index = state.requests.count + 1
        state.requests.append(request)
        return request
      }
      for step in script(request) {
        guard perform(step, on: connection) else { return }
      }
    }
  }

  /// - Returns: whether the connection goes on.
  private func perform(_ step: Step, on connection: Int32) -> Bool {
    switch step {
    case .send(let bytes): return Self.send(bytes, on: connection)
    case .sendUntilBlocked(let bytes, let times, let gate):
      var isOpen = false
      let isSent = (0..<times).allSatisfy { _ in
        Self.send(bytes, on: connection) {
          guard !isOpen else { return }
          isOpen = true
          state.withLock { $0.blocked += 1 }
          gate.open()
        }
      }
      if !isOpen { gate.open() }
      return isSent
    case .hold(let gate):
      gate.wait()
      return true
    case .stall:
      var buffer = [UInt8](repeating: 0, count: 4096)
      while buffer.withUnsafeMutableBytes({ Self.receive(connection, into: $0) }) > 0 {}
      clientLeft.signal()
      return false
    case .close: return false
    case .reset:
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
      return false
    }
  }

  private static func receive(_ connection: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let count = recv(connection, buffer.baseAddress, buffer.count, 0)
      if count >= 0 || errno != EINTR { return count }
    }
  }

  private static func send(_ bytes: [UInt8], on connection: Int32, ifBlocked: () -> Void = {}) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest)
        let count = Glibc.send(connection, piece.baseAddress, piece.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN {
          var writable = pollfd(fd: connection, events: Int16(POLLOUT), revents: 0)
          if poll(&writable, 1, 300) == 0 { ifBlocked() }
          continue
        }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }
}
