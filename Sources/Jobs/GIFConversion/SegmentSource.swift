import Core
import RemoteFetch
import Synchronization

/// Segments of a stream, one behind the other, as a source that is read in order and once. Only its beginning can be read
/// again: what a file is, is looked at several times.
final class SegmentSource: ByteSource, @unchecked Sendable {
  /// A file, or part of one.
  struct Piece: Equatable {
    var url: RemoteURL
    var range: Range<Int64>?
  }

  private static let maximumTries = 3
  /// Bytes of the beginning that are held.
  private static let headBytes = 1 << 20

  private let fetcher: RemoteFetcher
  private let budget: RemoteBudget
  private let running = Mutex<(response: RemoteResponse?, isClosed: Bool)>((nil, false))

  // Only the reader, one at a time, comes to these; that is what `@unchecked` stands for.
  private var pieces: ArraySlice<Piece>
  private var response: RemoteResponse?
  /// Bytes of the piece that are still to come; `nil` where the server does not say.
  private var left: Int64?
  private var position: Int64 = 0
  private var head: [UInt8] = []

  init(_ pieces: [Piece], fetcher: RemoteFetcher, budget: RemoteBudget) {
    self.pieces = pieces[...]
    self.fetcher = fetcher
    self.budget = budget
  }

  deinit { close() }

  var size: Int64 { .max }

  /// - Throws: `RemoteFetchError`.
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if offset < Int64(head.count), !buffer.isEmpty {
      let count = min(buffer.count, head.count - Int(offset))
      head.withUnsafeBytes { bytes in
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset) + count]))
      }
      return count
    }
    guard offset == position else {
      throw RemoteFetchError(.sourceFailed, "a segment cannot be read from byte \(offset) on after byte \(position)")
    }
    while !buffer.isEmpty {
      if response == nil {
        guard let piece = pieces.popFirst() else { return 0 }
        try open(piece)
      }
      guard let response else { return 0 }
      let wanted = left.map { Int(min($0, Int64(buffer.count))) } ?? buffer.count
      let count =
        wanted == 0 ? 0 : try response.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
      if count > 0 {
        if let left { self.left = left - Int64(count) }
        position += Int64(count)
        let room = Self.headBytes - head.count
        if room > 0 { head += buffer[..<min(room, count)] }
        return count
      }
      if let left, left > 0 {
        throw RemoteFetchError(.sourceFailed, "\(response.url.subject) ended \(left) bytes too early")
      }
      finish()
    }
    return 0
  }

  func close() {
    running.withLock { running in
      running.isClosed = true
      running.response?.cancel()
    }
  }

  private func open(_ piece: Piece) throws {
    var tries = 1
    while true {
      do {
        return try openOnce(piece)
      } catch let error as RemoteFetchError {
        guard error.isRetryable, tries < Self.maximumTries, !running.withLock({ $0.isClosed }) else { throw error }
        tries += 1
      }
    }
  }

  private func openOnce(_ piece: Piece) throws {
    var headers: [(String, String)] = []
    if let range = piece.range { headers.append(("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
    let response = try fetcher.open(piece.url, headers: headers, budget: budget)
    let isClosed = running.withLock { running in
      running.response = response
      return running.isClosed
    }
    if isClosed { response.cancel() }
    switch (response.status, piece.range) {
    case (200, nil), (206, .some): left = response.length ?? piece.range.map { Int64($0.count) }
    case (200, .some(let range)):
      // The server knows no ranges: what stands before is passed over.
      try skip(range.lowerBound, of: response)
      left = Int64(range.count)
    default:
      response.cancel()
      throw response.failure
    }
    if let range = piece.range, left != Int64(range.count) {
      response.cancel()
      throw RemoteFetchError(.sourceFailed, "\(response.url.subject) answers a range request with another range")
    }
    self.response = response
  }

  private func skip(_ count: Int64, of response: RemoteResponse) throws {
    var left = count
    var buffer = [UInt8](repeating: 0, count: 32 << 10)
    while left > 0 {
      let wanted = Int(min(left, Int64(buffer.count)))
      let got = try buffer.withUnsafeMutableBytes {
        try response.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]))
      }
      if got == 0 { throw RemoteFetchError(.sourceFailed, "\(response.url.subject) ends before the range begins") }
      left -= Int64(got)
    }
  }

  private func finish() {
    response?.cancel()
    response = nil
    left = nil
    running.withLock { $0.response = nil }
  }
}
