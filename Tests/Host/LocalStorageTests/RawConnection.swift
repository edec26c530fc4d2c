import Glibc

/// A blocking TCP connection that sends exactly what it is told to, for what no proper client would send.
///
/// Every wait is bounded. To be used on threads of one's own (`blocking`).
final class RawConnection {
  private let descriptor: Int32
  private var received: [UInt8] = []

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var timeout = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { [descriptor] address in
        connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Failure(description: "connect: errno \(errno)") }
  }

  deinit {
    close(descriptor)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// - Returns: false where the other side has closed.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Nothing more will be sent; what comes back can still be read.
  func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// A request's head.
  func send(head line: String, _ headers: [(name: String, value: String)]) {
    send(line + " HTTP/1.1\r\n" + headers.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n")
  }

  /// Status and text of the next response's head.
  func readHead() throws -> (status: Int, text: String) {
    let end = Array("\r\n\r\n".utf8)
    while true {
      for start in received.indices where received[start...].starts(with: end) {
        let text = String(decoding: received[..<start], as: UTF8.self)
        received.removeFirst(start + end.count)
        guard let status = Int(text.split(separator: " ").dropFirst().first ?? "") else {
          throw Failure(description: "no status in '\(text)'")
        }
        return (status, text)
      }
      guard try receive() else { throw Failure(description: "closed within the head") }
    }
  }

  /// Whether the other side closes; what it sends until then is thrown away.
  func readToEnd() throws {
    received.removeAll()
    while try receive() { received.removeAll() }
  }

  private func receive() throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count >= 0 else { throw Failure(description: "recv: errno \(errno)") }
    received += buffer[..<count]
    return count > 0
  }
}
