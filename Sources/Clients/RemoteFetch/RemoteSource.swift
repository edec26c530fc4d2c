import Core
import HTTPTransport
import Synchronization

/// A remote file as a source for blocking reads, which may begin while it arrives.
///
/// The first request asks for the file's beginning only. A video whose index is at the end then costs one request for it and
/// one for the rest; each byte is fetched once. A server without range requests sends everything in order, and what is
/// passed over waits in scratch storage, as far as the budget allows.
package final class RemoteSource: ByteSource, @unchecked Sendable {
  /// Bytes of the first request.
  private static let beginning: Int64 = 256 << 10
  /// Gaps up to this length are read over: what the first request asks for is on its way.
  private static let skip: Int64 = beginning
  /// Times that a broken-off transfer is taken up again, counted since the last byte.
  private static let maximumFailures = 3

  private struct Flow {
    let response: RemoteResponse
    /// The next byte that comes.
    var position: Int64
    /// Exclusive; `nil` where the server does not say.
    let end: Int64?
  }

  private let fetcher: RemoteFetcher
  private let budget: RemoteBudget
  private let url: RemoteURL
  /// What a further request must name, so that it is answered from the same file.
  private let validator: String?
  private let hasRanges: Bool
  private let running = Mutex<(responses: [RemoteResponse], isClosed: Bool)>(([], false))

  // Only the reader, one at a time, comes to these; that is what `@unchecked` stands for.
  private let spool: SpoolFile
  private var flow: Flow?
  /// The first request's, while the reader is elsewhere: what is left of it is on its way and waits in memory.
  private var parked: Flow?
  private var failures = 0
  private var piece = [UInt8](repeating: 0, count: 64 << 10)
  private let knownSize: Mutex<Int64>

  /// Sends the first request.
  ///
  /// - Parameter folder: for scratch storage.
  /// - Throws: `RemoteFetchError`.
  package init(_ url: RemoteURL, fetcher: RemoteFetcher, budget: RemoteBudget, folder: String) throws {
    self.fetcher = fetcher
    self.budget = budget
    spool = try SpoolFile(folder: folder)
    let response = try fetcher.open(url, headers: [("Range", "bytes=0-\(Self.beginning - 1)")], budget: budget)
    // Later requests go straight to where the redirects led; each is checked like the first.
    self.url = response.url
    validator = Self.validator(response)
    switch response.status {
    case 206:
      guard let range = ContentRange(response.headers["content-range"]), range.first == 0, let total = range.total
      else {
        throw RemoteFetchError(.sourceFailed, "\(url.subject) answers a range request with another range")
      }
      try budget.check(announced: total)
      hasRanges = true
      knownSize = Mutex(total)
      flow = Flow(response: response, position: 0, end: range.last + 1)
    case 200:
      if let length = response.length { try budget.check(announced: length) }
      hasRanges = false
      knownSize = Mutex(response.length ?? .max)
      flow = Flow(response: response, position: 0, end: response.length)
    case 416:
      // Of an empty file no range can be had.
      hasRanges = false
      knownSize = Mutex(0)
    default:
      throw response.failure
    }
    running.withLock { $0.responses = [response] }
  }

  deinit { close() }

  /// `Int64.max` until the end has come, where the server does not say.
  package var size: Int64 { knownSize.withLock { $0 } }

  /// - Throws: `RemoteFetchError`.
  package func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while offset < size, !buffer.isEmpty {
      if let end = spool.end(from: offset) {
        let count = Int(min(end - offset, Int64(buffer.count)))
        return try spool.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
      }
      do {
        try approach(offset)
        failures = 0
      } catch let error as RemoteFetchError {
        try mend(error)
      }
    }
    return 0
  }

  package func close() {
    running.withLock { running in
      running.isClosed = true
      for response in running.responses { response.cancel() }
    }
  }

  // MARK: Flows

  /// Brings the next bytes on the way to `offset`.
  private func approach(_ offset: Int64) throws {
    if hasRanges, !isNear(flow, offset) {
      park()
      if isNear(parked, offset) {
        drop()
        (flow, parked) = (parked, nil)
      } else {
        try openFlow(at: offset)
      }
    }
    guard var current = flow else {
      throw RemoteFetchError(.sourceFailed, "\(url.subject): byte \(offset) was not sent")
    }
    let count = try piece.withUnsafeMutableBytes { try current.response.read(into: $0) }
    if count == 0 {
      guard current.end == nil else {
        throw RemoteFetchError(
          .sourceFailed, "\(url.subject) ended at byte \(current.position) instead of \(current.end!)",
          isRetryable: true)
      }
      knownSize.withLock { $0 = current.position }
      drop()
      return
    }
    // A server that sends more than it said is not believed.
    let wanted = current.end.map { Int(min(Int64(count), $0 - current.position)) } ?? count
    try piece.withUnsafeBytes { bytes in
      try spool.write(UnsafeRawBufferPointer(rebasing: bytes[..<wanted]), at: current.position)
    }
    current.position += Int64(wanted)
    flow = current
    if current.position == current.end { drop() }
  }

  /// Whether the bytes up to `offset` are on their way.
  private func isNear(_ flow: Flow?, _ offset: Int64) -> Bool {
    guard let flow, let end = flow.end else { return false }
    return flow.position <= offset && offset <= flow.position + Self.skip && offset < end
  }

  /// Leaves a transfer whose rest fits into memory for later.
  private func park() {
    guard parked == nil, let current = flow, let end = current.end, end - current.position <= Self.skip else { return }
    (flow, parked) = (nil, current)
  }

  private func openFlow(at offset: Int64) throws {
    drop()
    let end = min(size, spool.nextPart(after: offset) ?? size)
    var headers = [("Range", "bytes=\(offset)-\(end - 1)")]
    if let validator { headers.append(("If-Range", validator)) }
    let response = try fetcher.open(url, headers: headers, budget: budget)
    let isClosed = running.withLock { running in
      running.responses.append(response)
      return running.isClosed
    }
    if isClosed { response.cancel() }
    guard response.status == 206 else {
      self.end(response)
      if response.status == 200 || response.status == 412 || response.status == 416 {
        throw RemoteFetchError(.replaced, "\(url.subject) changed while it was read")
      }
      throw response.failure
    }
    guard let range = ContentRange(response.headers["content-range"]), range.first == offset, range.last == end - 1,
      range.total == nil || range.total == size
    else {
      self.end(response)
      throw RemoteFetchError(.sourceFailed, "\(url.subject) answers a range request with another range")
    }
    flow = Flow(response: response, position: offset, end: end)
  }

  private func drop() {
    guard let response = flow?.response else { return }
    flow = nil
    end(response)
  }

  private func end(_ response: RemoteResponse) {
    response.cancel()
    running.withLock { $0.responses.removeAll { $0 === response } }
  }

  /// - Throws: the error, where going on is not possible or has been tried often enough.
  private func mend(_ error: RemoteFetchError) throws {
    drop()
    failures += 1
    guard hasRanges, validator != nil, error.isRetryable, failures < Self.maximumFailures,
      !running.withLock({ $0.isClosed })
    else { throw error }
  }

  private static func validator(_ response: RemoteResponse) -> String? {
    if let tag = response.headers["etag"], !tag.hasPrefix("W/") { return tag }
    return response.headers["last-modified"]
  }
}

/// `bytes 0-99/1234` (RFC 9110, section 14.4).
struct ContentRange {
  let first: Int64
  let last: Int64
  /// `nil` for `*`.
  let total: Int64?

  init?(_ text: String?) {
    guard let text, text.hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split(separator: "/")
    guard parts.count == 2 else { return nil }
    let ends = parts[0].split(separator: "-").compactMap { Int64($0) }
    guard ends.count == 2, ends[0] >= 0, ends[0] <= ends[1] else { return nil }
    first = ends[0]
    last = ends[1]
    total = Int64(parts[1])
    if let total, total <= last { return nil }
  }
}
