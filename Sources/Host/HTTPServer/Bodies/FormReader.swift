import Glibc
package import HummingbirdCore
package import NIOCore

/// Reads a form (`multipart/form-data`, RFC 7578) part by part while it arrives.
///
/// Each part is read by `nextPart`, then its bytes by `nextBytes` until that returns nil. What is not read of a part is
/// skipped by the following `nextPart`.
package struct FormReader {
  /// A request body that cannot be read as a form.
  package enum Problem: Error, Equatable {
    /// The content type is no form, or has no usable boundary.
    case notAForm
    /// The body does not keep to the format, or ended too early before or between parts.
    case malformed
    /// The head of a part is longer than 16 KiB.
    case headTooLong
    /// The body ended within a part.
    case incomplete
  }

  /// What the head of a part says.
  package struct Part: Sendable, Equatable {
    /// The field's name.
    package var name: String
    /// As the browser has it; nil if the part is no file.
    package var fileName: String?
    package var contentType: String?

    package init(name: String, fileName: String? = nil, contentType: String? = nil) {
      self.name = name
      self.fileName = fileName
      self.contentType = contentType
    }
  }

  /// Bytes of one part's head.
  private static let longestHead = 16 << 10
  private static let lineEnd = Array("\r\n".utf8)

  private var body: RequestBody.AsyncIterator
  private var buffer: [UInt8]
  /// Bytes of `buffer` that are used up.
  private var start = 0
  private let delimiter: [UInt8]
  /// What comes before the first boundary is skipped like a part.
  private var isInPart = true
  private var hasBegun = false
  private var isEnded = false

  /// - Throws: `Problem.notAForm`.
  package init(_ body: RequestBody, contentType: String?) throws(Problem) {
    guard let boundary = Self.boundary(of: contentType ?? "") else { throw .notAForm }
    delimiter = Array("\r\n--".utf8) + Array(boundary.utf8)
    self.body = body.makeAsyncIterator()
    // The first boundary has no line end before it; with one, all are alike.
    buffer = Self.lineEnd
  }

  /// Whether a body of this content type is a form.
  package static func isForm(_ contentType: String?) -> Bool { boundary(of: contentType ?? "") != nil }

  /// The next part; nil at the end of the form. What follows the end is read and dropped, so that the connection can be
  /// used again.
  ///
  /// - Throws: `Problem`; what reading the body throws.
  package mutating func nextPart() async throws -> Part? {
    while isInPart { _ = try await nextBytes() }
    hasBegun = true
    guard !isEnded else { return nil }
    // `--` behind a boundary ends the form; spaces may follow a boundary (RFC 2046 §5.1.1).
    let line = try await take(until: Self.lineEnd, orEnd: true)
    if line.starts(with: Array("--".utf8)) {
      isEnded = true
      buffer = []
      while try await body.next() != nil {}
      return nil
    }
    guard line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else { throw Problem.malformed }
    let part = try await head()
    isInPart = true
    return part
  }

  /// More of the present part's content; nil at its end.
  ///
  /// - Throws: `Problem.incomplete`; what reading the body throws.
  package mutating func nextBytes() async throws -> ByteBuffer? {
    guard isInPart else { return nil }
    while true {
      if let found = buffer.firstRange(of: delimiter, from: start) {
        let bytes = buffer[start..<found]
        start = found + delimiter.count
        isInPart = false
        return bytes.isEmpty ? nil : ByteBuffer(bytes: bytes)
      }
      // The end of what is there may be the beginning of a boundary.
      let safe = buffer.count - delimiter.count + 1
      if safe > start {
        let bytes = ByteBuffer(bytes: buffer[start..<safe])
        start = safe
        return bytes
      }
      guard try await fill() else { throw hasBegun ? Problem.incomplete : Problem.malformed }
    }
  }

  /// The content of the present part as a body of its own. What comes after the part is read and dropped.
  package consuming func rest() -> RequestBody {
    RequestBody(asyncSequence: PartContent(reader: self))
  }

  private mutating func head() async throws -> Part {
    var name: String?
    var part = Part(name: "")
    var size = 0
    while true {
      let bytes = try await take(until: Self.lineEnd)
      size += bytes.count
      guard size <= Self.longestHead else { throw Problem.headTooLong }
      if bytes.isEmpty { break }
      let line = String(decoding: bytes, as: UTF8.self)
      guard let colon = line.firstIndex(of: ":") else { throw Problem.malformed }
      switch line[..<colon].lowercased() {
      case "content-disposition":
        name = Self.parameter("name", of: line)
        part.fileName = Self.parameter("filename", of: line)
      case "content-type":
        part.contentType = line[line.index(after: colon)...].trimmingSpaces
      default: break
      }
    }
    guard let name else { throw Problem.malformed }
    part.name = name
    return part
  }

  /// The value of a parameter, quoted or not. Browsers write a quote within it as `%22` (WHATWG HTML).
  private static func parameter(_ name: String, of line: String) -> String? {
    var rest = line[...]
    while let semicolon = rest.firstIndex(of: ";") {
      rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
      guard rest.lowercased().hasPrefix("\(name)=") else {
        // A semicolon within quotes separates nothing.
        if let equals = rest.firstIndex(of: "="), rest[rest.index(after: equals)...].first == "\"" {
          let quoted = rest[rest.index(equals, offsetBy: 2)...]
          rest = quoted.firstIndex(of: "\"").map { quoted[$0...] } ?? quoted[quoted.endIndex...]
        }
        continue
      }
      let value = rest.dropFirst(name.count + 1)
      guard value.first == "\"" else { return String(value.prefix { $0 != ";" }).trimmingSpaces }
      let quoted = value.dropFirst()
      guard let end = quoted.firstIndex(of: "\"") else { return nil }
      return String(quoted[..<end].replacing("%22", with: "\""))
    }
    return nil
  }

  private static func boundary(of contentType: String) -> String? {
    let parts = contentType.split(separator: ";").map(\.trimmingSpaces)
    guard parts.first?.lowercased() == "multipart/form-data",
      let parameter = parts.first(where: { $0.lowercased().hasPrefix("boundary=") })
    else { return nil }
    let value = parameter.dropFirst("boundary=".count)
    let boundary =
      value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"") ? value.dropFirst().dropLast() : value
    return (1...70).contains(boundary.utf8.count) ? String(boundary) : nil
  }

  /// Everything before the next `mark`, which is taken too.
  ///
  /// - Parameter orEnd: whether the end of the body stands for the mark.
  private mutating func take(until mark: [UInt8], orEnd: Bool = false) async throws -> [UInt8] {
    while true {
      if let found = buffer.firstRange(of: mark, from: start) {
        defer { start = found + mark.count }
        return Array(buffer[start..<found])
      }
      guard buffer.count - start <= Self.longestHead else { throw Problem.headTooLong }
      if try await fill() { continue }
      guard orEnd else { throw Problem.malformed }
      defer { start = buffer.count }
      return Array(buffer[start...])
    }
  }

  /// - Returns: whether there was more.
  private mutating func fill() async throws -> Bool {
    guard let more = try await body.next() else { return false }
    buffer.removeFirst(start)
    start = 0
    buffer += more.readableBytesView
    return true
  }
}

/// The content of one part, for a single reader.
private struct PartContent: AsyncSequence, Sendable {
  nonisolated(unsafe) let reader: FormReader

  struct AsyncIterator: AsyncIteratorProtocol {
    var reader: FormReader
    var isOver = false

    mutating func next() async throws -> ByteBuffer? {
      guard !isOver else { return nil }
      if let bytes = try await reader.nextBytes() { return bytes }
      isOver = true
      try await reader.drain()
      return nil
    }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }
}

extension FormReader {
  /// Reads and drops what is left of the body: only then can the connection be used again.
  fileprivate mutating func drain() async throws {
    while try await body.next() != nil {}
  }
}

extension [UInt8] {
  /// The first place at or after `from` at which `pattern`, which must not be empty, begins.
  func firstRange(of pattern: [UInt8], from: Int = 0) -> Int? {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return nil }
      var index = from
      while index <= bytes.count - pattern.count {
        let length = bytes.count - pattern.count + 1 - index
        guard let found = memchr(base + index, Int32(pattern[0]), length) else { return nil }
        let start = UnsafeRawPointer(found) - base
        if memcmp(found, pattern, pattern.count) == 0 { return start }
        index = start + 1
      }
      return nil
    }
  }
}
