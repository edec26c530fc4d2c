import Glibc
import HTTPTransport

/// The kept-alive connection over which events come and results go, one request after the other.
///
/// The platform is on the same machine and speaks HTTP/1.1 without TLS. A general transport has threads, settings and
/// queues of its own for each request, which cost more than a short handler.
actor RuntimeConnection {
  /// An open socket; closed when the last reference goes.
  private final class Socket: Sendable {
    let descriptor: Int32
    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }
  }

  private let host: String
  private let port: String
  private let thread: RuntimeThread
  private var socket: Socket?

  /// - Parameter address: `host:port`, as `AWS_LAMBDA_RUNTIME_API` has it.
  init(address: String, thread: RuntimeThread) {
    let colon = address.lastIndex(of: ":") ?? address.endIndex
    host = String(address[..<colon].drop { $0 == "[" }.prefix { $0 != "]" })
    port = String(address[colon...].dropFirst())
    self.thread = thread
  }

  /// Sends a request and waits for its response, however long.
  ///
  /// A request to which a connection that was in use before breaks without an answer is sent again over a new one.
  ///
  /// - Parameters:
  ///   - request: head and body.
  ///   - limit: bytes of the response's body.
  /// - Throws: `RuntimeAPIError`, `CancellationError`.
  func send(_ request: [UInt8], limit: Int) async throws -> HTTPResponse {
    if let socket {
      if let response = try await exchange(request, over: socket, limit: limit) { return response }
      self.socket = nil
    }
    let fresh = try connect()
    socket = fresh
    guard let response = try await exchange(request, over: fresh, limit: limit) else {
      self.socket = nil
      throw Self.failure("the platform closed the connection without an answer")
    }
    return response
  }

  /// - Returns: nil if the connection broke before anything of a response came.
  private func exchange(_ request: [UInt8], over socket: Socket, limit: Int) async throws -> HTTPResponse? {
    do {
      guard try await write(request, to: socket) else { return nil }
      var parser = ResponseParser(limit: limit)
      var isEmpty = true
      while !parser.isComplete {
        let count = try await read(from: socket, into: &parser)
        if count <= 0 {
          if isEmpty { return nil }
          try parser.end()
        }
        isEmpty = false
      }
      if !parser.isKeptAlive { self.socket = nil }
      return parser.response
    } catch let fault as ResponseParser.Fault {
      self.socket = nil
      throw Self.failure(fault.description)
    } catch {
      // Its answer must not be taken for that of another request.
      self.socket = nil
      throw error
    }
  }

  /// - Returns: false if the connection is broken.
  private func write(_ bytes: [UInt8], to socket: Socket) async throws -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.send(
          socket.descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent,
          Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        try await thread.wait(for: socket.descriptor, POLLOUT)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  /// - Returns: how many bytes came: 0 at the end, -1 if the connection is broken.
  private func read(from socket: Socket, into parser: inout ResponseParser) async throws -> Int {
    while true {
      let (count, error) = try withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 16) { buffer in
        let count = recv(socket.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        let error = errno
        if count > 0 { try parser.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return (count, error)
      }
      if count >= 0 { return count }
      if error == EAGAIN {
        try await thread.wait(for: socket.descriptor, POLLIN)
      } else if error != EINTR {
        return -1
      }
    }
  }

  /// Blocks for as long as a connection to this machine takes.
  private func connect() throws(RuntimeAPIError) -> Socket {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, port, &hints, &found)
    guard status == 0 else {
      throw Self.failure("there is no address '\(host):\(port)': \(String(cString: gai_strerror(status)))")
    }
    defer { freeaddrinfo(found) }
    var reason = ""
    var next = found
    while let address = next?.pointee {
      next = address.ai_next
      let descriptor = Glibc.socket(
        address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), address.ai_protocol)
      if descriptor >= 0 {
        let socket = Socket(descriptor)
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 {
          var yes: Int32 = 1
          setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
          return socket
        }
        reason = String(cString: strerror(errno))
      }
    }
    throw Self.failure("cannot connect to '\(host):\(port)': \(reason)")
  }

  private static func failure(_ message: String) -> RuntimeAPIError {
    RuntimeAPIError(code: "RuntimeAPIFailed", message: "the Runtime API: \(message)")
  }
}
