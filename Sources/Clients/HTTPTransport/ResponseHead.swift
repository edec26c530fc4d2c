/// Puts a response's status and header fields together from the lines libcurl hands over, one call per line.
///
/// Interim responses (1xx) are dropped; fields that come after the body (trailers) are left out.
struct ResponseHead {
  private(set) var status = 0
  private(set) var headers = HTTPHeaders()
  /// The final response's fields are all there.
  private(set) var isComplete = false

  private var bytes = 0
  private let limit: Int

  /// - Parameter limit: bytes of all lines together, interim responses and trailers included.
  init(limit: Int) {
    self.limit = limit
  }

  /// - Returns: `false` where the lines exceed the limit.
  mutating func append(_ line: UnsafeRawBufferPointer) -> Bool {
    bytes += line.count
    guard bytes <= limit else { return false }
    guard !isComplete else { return true }

    let text = Self.trimmed(line[...])
    if line.starts(with: "HTTP/".utf8) {
      status = Self.status(of: text)
      headers = HTTPHeaders()
    } else if text.isEmpty {
      isComplete = status >= 200
    } else if line[0] == UInt8(ascii: " ") || line[0] == UInt8(ascii: "\t") {
      headers.extendLast(String(decoding: text, as: UTF8.self))
    } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
      headers.add(
        String(decoding: Self.trimmed(text[..<colon]), as: UTF8.self),
        String(decoding: Self.trimmed(text[text.index(after: colon)...]), as: UTF8.self))
    }
    return true
  }

  /// `HTTP/1.1 200 OK`, `HTTP/2 200`: the three digits after the first space.
  private static func status(of line: Slice<UnsafeRawBufferPointer>) -> Int {
    let code = line.drop { $0 != UInt8(ascii: " ") }.dropFirst().prefix(3)
    return Int(String(decoding: code, as: UTF8.self)) ?? 0
  }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    var bytes = bytes.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
    return bytes
  }
}
