import HTTPTransport

/// Puts an HTTP/1.1 response together from its bytes as they arrive (RFC 9112): pure.
struct ResponseParser {
  /// The bytes are no response, or a longer one than is taken.
  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  private enum Phase: Equatable {
    case head
    /// Bytes of the body that are still to come.
    case sized(Int)
    case chunkSize
    case chunk(Int)
    case chunkEnd
    case trailers
    /// The body ends with the connection.
    case untilEnd
    case complete
  }

  private static let maximumHead = 64 << 10

  private let limit: Int
  private var phase = Phase.head
  private var bytes: [UInt8] = []
  /// Of `bytes`: what has been read.
  private var at = 0
  private(set) var response = HTTPResponse(status: 0)
  /// Whether the connection can be used for another request.
  private(set) var isKeptAlive = true

  /// - Parameter limit: bytes of the body.
  init(limit: Int) {
    self.limit = limit
  }

  var isComplete: Bool { phase == .complete }

  mutating func take(_ more: UnsafeRawBufferPointer) throws(Fault) {
    bytes.append(contentsOf: more)
    while try step() {}
    // What follows was not asked for.
    if isComplete, at < bytes.count { isKeptAlive = false }
    if at == bytes.count || at > Self.maximumHead {
      bytes.removeFirst(at)
      at = 0
    }
  }

  /// The connection has ended.
  mutating func end() throws(Fault) {
    guard phase == .untilEnd else { throw Fault(description: "the answer broke off") }
    phase = .complete
  }

  /// - Returns: whether there is more to be done with what is there.
  private mutating func step() throws(Fault) -> Bool {
    switch phase {
    case .head:
      guard let end = endOfHead() else {
        guard bytes.count - at <= Self.maximumHead else { throw Fault(description: "the answer's head is too long") }
        return false
      }
      try readHead(until: end)
      return true
    case .sized(let left):
      let rest = takeBody(left)
      phase = rest == 0 ? .complete : .sized(rest)
      return false
    case .chunkSize:
      guard let line = try line() else { return false }
      guard let size = Int(line.prefix { $0 != ";" && $0 != " " }, radix: 16), size >= 0 else {
        throw Fault(description: "the answer has a chunk without a size")
      }
      try admit(size)
      phase = size == 0 ? .trailers : .chunk(size)
      return true
    case .chunk(let left):
      let rest = takeBody(left)
      phase = rest == 0 ? .chunkEnd : .chunk(rest)
      return rest == 0
    case .chunkEnd:
      guard let line = try line() else { return false }
      guard line.isEmpty else { throw Fault(description: "the answer has a chunk that is too long") }
      phase = .chunkSize
      return true
    case .trailers:
      guard let line = try line() else { return false }
      if line.isEmpty { phase = .complete }
      return !line.isEmpty
    case .untilEnd:
      try admit(bytes.count - at)
      _ = takeBody(bytes.count - at)
      return false
    case .complete: return false
    }
  }

  private func admit(_ count: Int) throws(Fault) {
    guard count <= limit - response.body.count else {
      throw Fault(description: "the answer must have at most \(limit) bytes")
    }
  }

  /// - Returns: how much of `count` has not come yet.
  private mutating func takeBody(_ count: Int) -> Int {
    let taken = min(count, bytes.count - at)
    response.body += bytes[at..<at + taken]
    at += taken
    return count - taken
  }

  /// The next line without its end; nil if it is not complete.
  private mutating func line() throws(Fault) -> String? {
    guard let end = bytes[at...].firstIndex(of: UInt8(ascii: "\n")) else {
      guard bytes.count - at <= Self.maximumHead else { throw Fault(description: "the answer has too long a line") }
      return nil
    }
    defer { at = end + 1 }
    return Self.text(bytes[at..<end])
  }

  private func endOfHead() -> Int? {
    var index = at + 3
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\n"), bytes[index - 1] == UInt8(ascii: "\r"),
        bytes[index - 2] == UInt8(ascii: "\n"), bytes[index - 3] == UInt8(ascii: "\r")
      {
        return index + 1
      }
      index += 1
    }
    return nil
  }

  private mutating func readHead(until end: Int) throws(Fault) {
    var lines = bytes[at..<end].split(separator: UInt8(ascii: "\n"))[...]
    at = end
    let first = lines.popFirst().map(Self.text) ?? ""
    let parts = first.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]), (100...999).contains(status)
    else { throw Fault(description: "what it answers is not HTTP/1.1") }
    var headers = HTTPHeaders()
    for line in lines {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      headers.add(Self.text(line[..<colon]), Self.text(line[(colon + 1)...]))
    }
    // An interim answer.
    if status < 200 { return }
    response.status = status
    response.headers = headers
    if parts[0] == "HTTP/1.0" || headers["Connection"]?.lowercased() == "close" { isKeptAlive = false }
    if status == 204 || status == 304 {
      phase = .complete
    } else if headers["Transfer-Encoding"]?.lowercased() == "chunked" {
      phase = .chunkSize
    } else if let text = headers["Content-Length"] {
      guard let length = Int(text), length >= 0 else { throw Fault(description: "the answer has no valid length") }
      try admit(length)
      response.body.reserveCapacity(length)
      phase = length == 0 ? .complete : .sized(length)
    } else {
      isKeptAlive = false
      phase = .untilEnd
    }
  }

  /// Without the spaces around it.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    var bytes = bytes.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
