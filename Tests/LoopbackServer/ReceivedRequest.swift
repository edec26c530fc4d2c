/// A request as it came over the wire.
package struct ReceivedRequest: Sendable {
  package var method = ""
  /// Path and query, byte for byte.
  package var target = ""
  package var headers: [(name: String, value: String)] = []
  package var body: [UInt8] = []
  /// Fields after a body that came in chunks.
  package var trailers: [(name: String, value: String)] = []
  /// Number of the connection it came over, from 1.
  package var connection = 0
  /// Number of the request among all that the server got, from 1.
  package var index = 0

  package func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  package var path: String { String(target.prefix { $0 != "?" }) }

  package var query: String { String(target.drop { $0 != "?" }.dropFirst()) }

  /// First and last byte of a `Range: bytes=a-b`.
  package var range: ClosedRange<Int>? {
    guard let value = header("range"), value.hasPrefix("bytes=") else { return nil }
    let ends = value.dropFirst(6).split(separator: "-").compactMap { Int($0) }
    return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
  }
}

/// Cuts a connection's bytes into requests with `Content-Length` or chunked bodies.
struct RequestReader {
  private let receive: (UnsafeMutableRawBufferPointer) -> Int
  private var buffer: [UInt8] = []

  init(receive: @escaping (UnsafeMutableRawBufferPointer) -> Int) {
    self.receive = receive
  }

  /// The next complete request; `nil` when the client has closed.
  mutating func next() -> ReceivedRequest? {
    while true {
      if let end = endOfHead {
        var request = Self.parse(head: buffer[..<end])
        if request.header("transfer-encoding") == "chunked" {
          buffer.removeFirst(end + 4)
          guard readChunks(into: &request) else { return nil }
          return request
        }
        let length = request.header("content-length").flatMap { Int($0) } ?? 0
        while buffer.count < end + 4 + length {
          guard more() else { return nil }
        }
        request.body = Array(buffer[(end + 4)..<(end + 4 + length)])
        buffer.removeFirst(end + 4 + length)
        return request
      }
      guard more() else { return nil }
    }
  }

  private mutating func readChunks(into request: inout ReceivedRequest) -> Bool {
    while true {
      guard let line = line(), let size = Int(line, radix: 16) else { return false }
      if size == 0 { break }
      while buffer.count < size + 2 {
        guard more() else { return false }
      }
      request.body += buffer[..<size]
      buffer.removeFirst(size + 2)
    }
    while let line = line(), !line.isEmpty {
      let parts = line.split(separator: ":", maxSplits: 1).map { String($0.drop { $0 == " " }) }
      if parts.count == 2 { request.trailers.append((parts[0], parts[1])) }
    }
    return true
  }

  private mutating func line() -> String? {
    while true {
      if let end = buffer.firstIndex(of: 10) {
        let line = String(decoding: buffer[..<end].filter { $0 != 13 }, as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      guard more() else { return nil }
    }
  }

  private mutating func more() -> Bool {
    let piece = [UInt8](unsafeUninitializedCapacity: 256 << 10) { target, count in
      count = max(0, receive(UnsafeMutableRawBufferPointer(target)))
    }
    buffer += piece
    return !piece.isEmpty
  }

  /// Where the empty line begins.
  private var endOfHead: Int? {
    guard buffer.count >= 4 else { return nil }
    let mark: [UInt8] = [13, 10, 13, 10]
    return (0...(buffer.count - 4)).first { buffer[$0..<($0 + 4)].elementsEqual(mark) }
  }

  private static func parse(head: ArraySlice<UInt8>) -> ReceivedRequest {
    var request = ReceivedRequest()
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    if words.count >= 2 {
      request.method = String(words[0])
      request.target = String(words[1])
    }
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      request.headers.append((String(line[..<colon]), String(value)))
    }
    return request
  }
}
