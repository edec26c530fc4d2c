package import Encodings
package import HummingbirdCore
package import NIOCore

/// Reads a form (`multipart/form-data`, RFC 7578) part by part while it arrives.
///
/// Each part is read by `nextPart`, then its bytes by `nextBytes` until that returns nil. What is not read of a part is
/// skipped by the following `nextPart`.
package struct FormReader {
  package typealias Problem = FormParser.Problem
  package typealias Part = FormParser.Part

  private var body: RequestBody.AsyncIterator
  private var parser: FormParser
  private var isInPart = false

  /// - Throws: `Problem.notAForm`.
  package init(_ body: RequestBody, contentType: String?) throws(Problem) {
    parser = try FormParser(contentType: contentType)
    self.body = body.makeAsyncIterator()
  }

  /// The next part; nil at the end of the form. What follows the end is read and dropped, so that the connection can be
  /// used again.
  ///
  /// - Throws: `Problem`; what reading the body throws.
  package mutating func nextPart() async throws -> Part? {
    while true {
      switch try await nextEvent() {
      case .part(let part):
        isInPart = true
        return part
      case .end:
        try await drain()
        return nil
      case .content, .partEnd: continue
      }
    }
  }

  /// More of the present part's content; nil at its end.
  ///
  /// - Throws: `Problem.incomplete`; what reading the body throws.
  package mutating func nextBytes() async throws -> ByteBuffer? {
    guard isInPart else { return nil }
    if case .content(let bytes) = try await nextEvent() { return ByteBuffer(bytes: bytes) }
    isInPart = false
    return nil
  }

  /// The content of the present part as a body of its own. What comes after the part is read and dropped.
  package consuming func rest() -> RequestBody {
    RequestBody(asyncSequence: PartContent(reader: self))
  }

  private mutating func nextEvent() async throws -> FormParser.Event {
    while true {
      if let event = try parser.next() { return event }
      guard let more = try await body.next() else {
        try parser.finish()
        return .end
      }
      parser.append(Array(more.readableBytesView))
    }
  }

  /// Reads and drops what is left of the body: only then can the connection be used again.
  fileprivate mutating func drain() async throws {
    while try await body.next() != nil {}
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
