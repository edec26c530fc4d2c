#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A form (`multipart/form-data`, RFC 7578), part by part, in whatever pieces its bytes arrive. Pure.
///
/// `append` takes bytes, `next` says what they hold until it returns nil, and `finish` says that no more will come.
package struct FormParser: Sendable {
  /// Bytes that cannot be read as a form.
  package enum Problem: Error, Equatable {
    /// The content type is no form, or has no usable boundary.
    case notAForm
    /// The bytes do not keep to the format, or ended too early before or between parts.
    case malformed
    /// The head of a part is longer than 16 KiB.
    case headTooLong
    /// The bytes ended within a part.
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

  package enum Event: Equatable {
    case part(Part)
    /// More of the part's content; never empty.
    case content(ArraySlice<UInt8>)
    case partEnd
    /// The form is over. What follows is no part of it.
    case end
  }

  private enum State {
    /// Before the first boundary, which needs no line end before it.
    case start
    case preamble
    /// Behind a boundary.
    case boundary
    case head
    case content
    case end
  }

  /// Bytes of one part's head.
  private static let longestHead = 16 << 10
  private static let lineEnd = Array("\r\n".utf8)
  private static let headEnd = Array("\r\n\r\n".utf8)

  /// With the line end before it.
  private let delimiter: [UInt8]
  private var state = State.start
  private var buffer: [UInt8] = []
  /// Bytes of `buffer` that are used up.
  private var used = 0

  /// - Throws: `Problem.notAForm`.
  package init(contentType: String?) throws(Problem) {
    guard let boundary = Self.boundary(of: contentType) else { throw .notAForm }
    delimiter = Array("\r\n--".utf8) + Array(boundary.utf8)
  }

  /// Whether a body of this content type is a form.
  package static func isForm(_ contentType: String?) -> Bool { boundary(of: contentType) != nil }

  /// Whether a boundary was seen.
  package var hasBegun: Bool { state != .start && state != .preamble }

  package mutating func append(_ bytes: [UInt8]) {
    if used == buffer.count {
      buffer = bytes
    } else {
      buffer.removeFirst(used)
      buffer += bytes
    }
    used = 0
  }

  /// What comes next; nil if that needs more bytes.
  ///
  /// - Throws: `malformed`, `headTooLong`.
  package mutating func next() throws(Problem) -> Event? {
    while true {
      switch state {
      case .start:
        guard buffer.count >= delimiter.count - 2 else { return nil }
        if buffer.starts(with: delimiter.dropFirst(2)) {
          used = delimiter.count - 2
          state = .boundary
        } else {
          state = .preamble
        }
      case .preamble:
        if let found = buffer.firstRange(of: delimiter, from: used) {
          used = found + delimiter.count
          state = .boundary
        } else {
          used = max(used, buffer.count - delimiter.count + 1)
          return nil
        }
      case .boundary:
        guard let isLast = try boundaryIsLast() else { return nil }
        state = isLast ? .end : .head
        if isLast { return .end }
      case .head:
        guard let part = try head() else { return nil }
        state = .content
        return .part(part)
      case .content:
        guard let found = buffer.firstRange(of: delimiter, from: used) else {
          // The end of what is there may be the beginning of a boundary.
          return content(to: buffer.count - delimiter.count + 1)
        }
        if let bytes = content(to: found) { return bytes }
        used = found + delimiter.count
        state = .boundary
        return .partEnd
      case .end: return nil
      }
    }
  }

  /// No more bytes will come.
  ///
  /// - Throws: `malformed`, `incomplete` if the form is not over.
  package func finish() throws(Problem) {
    switch state {
    case .end: return
    case .content: throw .incomplete
    case .start, .preamble, .boundary, .head: throw .malformed
    }
  }

  private mutating func content(to end: Int) -> Event? {
    guard end > used else { return nil }
    defer { used = end }
    return .content(buffer[used..<end])
  }

  /// `--` behind a boundary ends the form; spaces may follow a boundary (RFC 2046 §5.1.1).
  private mutating func boundaryIsLast() throws(Problem) -> Bool? {
    let rest = buffer[used...]
    guard rest.count >= 2 else { return nil }
    if rest.starts(with: Array("--".utf8)) { return true }
    guard let end = buffer.firstRange(of: Self.lineEnd, from: used) else {
      guard rest.count <= Self.longestHead else { throw .headTooLong }
      return nil
    }
    guard buffer[used..<end].allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else {
      throw .malformed
    }
    used = end + Self.lineEnd.count
    return false
  }

  /// Up to the empty line, which is taken too.
  private mutating func head() throws(Problem) -> Part? {
    // Without a line it has no name.
    if buffer[used...].starts(with: Self.lineEnd) { throw .malformed }
    let end = buffer.firstRange(of: Self.headEnd, from: used)
    guard (end ?? buffer.count) - used <= Self.longestHead else { throw .headTooLong }
    guard let end else { return nil }
    defer { used = end + Self.headEnd.count }
    return try Self.part(String(decoding: buffer[used..<end], as: UTF8.self))
  }

  private static func part(_ head: String) throws(Problem) -> Part {
    var name: String?
    var part = Part(name: "")
    for line in head.split(separator: "\r\n") {
      guard let colon = line.firstIndex(of: ":") else { throw .malformed }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      switch line[..<colon].lowercased() {
      case "content-disposition":
        name = HeaderParameter.value("name", of: String(value))
        part.fileName = HeaderParameter.value("filename", of: String(value))
      case "content-type":
        part.contentType = String(value.prefix { $0 != "\r" && $0 != "\n" })
        while part.contentType?.last == " " || part.contentType?.last == "\t" { part.contentType?.removeLast() }
      default: break
      }
    }
    guard let name else { throw .malformed }
    part.name = name
    return part
  }

  private static func boundary(of contentType: String?) -> String? {
    guard let contentType, HeaderParameter.subject(of: contentType) == "multipart/form-data",
      let boundary = HeaderParameter.value("boundary", of: contentType)
    else { return nil }
    return (1...70).contains(boundary.utf8.count) ? boundary : nil
  }
}

extension [UInt8] {
  /// The first place at or after `from` at which `pattern`, which must not be empty, begins.
  fileprivate func firstRange(of pattern: [UInt8], from: Int) -> Int? {
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
