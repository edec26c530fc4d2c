import HummingbirdCore
import NIOCore
import S3Protocol

/// Reads a browser's form upload (`multipart/form-data`, RFC 7578): first the fields before the file, then the file's
/// bytes as they arrive. What comes after the file is ignored, as S3 does.
struct FormReader {
  /// Bytes of everything before the file's content: S3's own limit.
  private static let longestPreamble = 20 * 1024

  private var body: RequestBody.AsyncIterator
  private var buffer: [UInt8] = []
  private let boundary: [UInt8]

  /// - Throws: `MalformedPOSTRequest` where the content type is no form or has no boundary.
  init(_ body: RequestBody, contentType: String?) throws(S3Error) {
    let parts = (contentType ?? "").split(separator: ";").map(\.trimmingSpaces)
    guard parts.first?.lowercased() == "multipart/form-data",
      let parameter = parts.first(where: { $0.lowercased().hasPrefix("boundary=") })
    else { throw S3Error(.malformedPOSTRequest) }
    let value = parameter.dropFirst("boundary=".count)
    let boundary = value.hasPrefix("\"") && value.hasSuffix("\"") ? value.dropFirst().dropLast() : value
    guard (1...70).contains(boundary.utf8.count) else { throw S3Error(.malformedPOSTRequest) }
    self.boundary = Array(boundary.utf8)
    self.body = body.makeAsyncIterator()
    // The first boundary has no line end before it; with one, all are alike.
    buffer = Array("\r\n".utf8)
  }

  /// The fields in order, and the file's name as the browser has it.
  ///
  /// - Throws: `MalformedPOSTRequest`, `MaxPostPreDataLengthExceededError`, `UserKeyMustBeSpecified` where there is no
  ///   file.
  mutating func fields() async throws -> (fields: [(name: String, value: String)], filename: String) {
    var fields: [(name: String, value: String)] = []
    var read = try await take(until: delimiter).count
    while true {
      let end = try await take(until: Array("\r\n".utf8))
      // `--` behind a boundary ends the form.
      guard end.isEmpty else {
        throw S3Error(
          .invalidArgument, message: "POST requires exactly one file upload per request.",
          extra: ["ArgumentName": "file", "ArgumentValue": "0"])
      }
      let header = try await partHeader()
      read += header.size
      if header.name.lowercased() == "file" { return (fields, header.filename) }
      let value = try await take(until: delimiter)
      read += value.count
      guard read <= Self.longestPreamble else { throw S3Error(.maxPostPreDataLengthExceeded) }
      guard let text = String(validating: value, as: UTF8.self) else { throw S3Error(.malformedPOSTRequest) }
      fields.append((header.name, text))
    }
  }

  /// The file's content; to be read after `fields`.
  consuming func file() -> RequestBody {
    RequestBody(asyncSequence: FormFile(delimiter: delimiter, rest: buffer, body: body))
  }

  private var delimiter: [UInt8] { Array("\r\n--".utf8) + boundary }

  private mutating func partHeader() async throws -> (name: String, filename: String, size: Int) {
    var name: String?
    var filename = ""
    var size = 0
    while true {
      let bytes = try await take(until: Array("\r\n".utf8))
      size += bytes.count
      guard size <= Self.longestPreamble else { throw S3Error(.maxPostPreDataLengthExceeded) }
      if bytes.isEmpty { break }
      let line = String(decoding: bytes, as: UTF8.self)
      guard line.lowercased().hasPrefix("content-disposition:") else { continue }
      name = Self.parameter("name", of: line)
      filename = Self.parameter("filename", of: line) ?? ""
    }
    guard let name else { throw S3Error(.malformedPOSTRequest) }
    return (name, filename, size)
  }

  /// The value of a quoted parameter. Browsers write a quote within it as `%22` (WHATWG HTML).
  private static func parameter(_ name: String, of line: String) -> String? {
    guard let start = line.firstRange(of: "; \(name)=\"") else { return nil }
    let rest = line[start.upperBound...]
    guard let end = rest.firstIndex(of: "\"") else { return nil }
    return String(rest[..<end].replacing("%22", with: "\""))
  }

  /// Everything before the next `mark`, which is taken too.
  private mutating func take(until mark: [UInt8]) async throws -> [UInt8] {
    var searched = 0
    while true {
      if let start = buffer.firstRange(of: mark, from: searched) {
        defer { buffer.removeFirst(start + mark.count) }
        return Array(buffer[..<start])
      }
      searched = max(0, buffer.count - mark.count + 1)
      guard buffer.count <= Self.longestPreamble else { throw S3Error(.maxPostPreDataLengthExceeded) }
      guard let more = try await body.next() else { throw S3Error(.malformedPOSTRequest) }
      buffer += Array(buffer: more)
    }
  }
}

/// The content of a form's file: the body up to the next boundary.
struct FormFile: AsyncSequence, Sendable {
  let delimiter: [UInt8]
  let rest: [UInt8]
  nonisolated(unsafe) let body: RequestBody.AsyncIterator

  struct AsyncIterator: AsyncIteratorProtocol {
    let delimiter: [UInt8]
    var pending: [UInt8]
    var body: RequestBody.AsyncIterator
    var ended = false

    mutating func next() async throws -> ByteBuffer? {
      while !ended {
        if let start = pending.firstRange(of: delimiter) {
          ended = true
          let last = ByteBuffer(bytes: pending[..<start])
          // The connection can be used again only when the body was read to its end.
          while try await body.next() != nil {}
          return last
        }
        // The end of what is there may be the beginning of a boundary.
        let safe = pending.count - delimiter.count + 1
        if safe > 0 {
          let bytes = ByteBuffer(bytes: pending[..<safe])
          pending.removeFirst(safe)
          return bytes
        }
        guard let more = try await body.next() else { throw S3Error(.incompleteBody) }
        pending += Array(buffer: more)
      }
      return nil
    }
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(delimiter: delimiter, pending: rest, body: body)
  }
}

extension [UInt8] {
  /// Where `pattern`, which must not be empty, first begins at or after `from`.
  func firstRange(of pattern: [UInt8], from: Int = 0) -> Int? {
    withUnsafeBufferPointer { bytes in
      guard bytes.count >= pattern.count else { return nil }
      var index = from
      while index <= bytes.count - pattern.count {
        guard let start = bytes[index...(bytes.count - pattern.count)].firstIndex(of: pattern[0]) else { return nil }
        if bytes[start..<(start + pattern.count)].elementsEqual(pattern) { return start }
        index = start + 1
      }
      return nil
    }
  }
}
