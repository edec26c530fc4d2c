import HTTPTransport
import Core

/// An object as a source for blocking reads, made for demuxers: sequential reads stream from a few growing range
/// requests, short skips are read over, jumps cost one small request, and what was read before is kept for a while.
///
/// Every request pins the object's version. A failure that may pass is mended by going on where it happened.
package final class HTTPRangeSource: ByteSource, @unchecked Sendable {
  /// What the source has cost so far.
  package struct Statistics: Sendable, Equatable {
    /// Range requests, repeated ones included.
    package var requests = 0
    /// Bytes of the object that have arrived, used or not.
    package var bytesFetched: Int64 = 0
  }

  /// What other threads than the reader's may touch.
  private struct Shared {
    var statistics = Statistics()
    var stream: (any HTTPBodyStream)?
    var isClosed = false
    var limit: Int64?
  }

  /// A range request under way.
  private struct Flow {
    let stream: any HTTPBodyStream
    /// The next byte that comes out of it.
    var position: Int64
    /// Exclusive.
    let end: Int64
  }

  /// So much of a request that is no longer wanted is read to the end, to keep the connection.
  private static let worthDraining: Int64 = 64 << 10
  /// Blocks kept of what was read last: 768 KiB.
  private static let recentBlocks = 24

  package let size: Int64
  private let request: RangeRequest
  private let shared = Monitor(Shared())
  private let first: FirstBlocks

  // Only the reader, one at a time, comes to these; that is what `@unchecked` stands for.
  private var recent = RecentBlocks(limit: recentBlocks)
  private var readAhead: ReadAhead
  private var flow: Flow?
  /// What has come so far of the block that is being fetched.
  private var partial: [UInt8] = []
  private var failures = 0

  init(key: String, bucket: String, info: ObjectInfo, client: S3Client) {
    size = info.size
    request = RangeRequest(key: key, bucket: bucket, info: info, client: client)
    first = client.indexCache.blocks(of: .init(bucket: bucket, key: key, etag: info.etag, size: info.size))
    readAhead = ReadAhead(size: info.size)
  }

  deinit {
    close()
  }

  package var statistics: Statistics {
    shared.update { shared in
      var statistics = shared.statistics
      statistics.bytesFetched += shared.stream?.receivedBytes ?? 0
      return statistics
    }
  }

  /// - Throws: `ObjectStoreError`: `SourceReplaced`, `NoSuchKey`, `Cancelled` after `close`, or the last failure where
  ///   trying again did not help.
  package func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try checkOpen()
    guard (0..<size).contains(offset), !buffer.isEmpty else { return 0 }
    let index = offset / ReadAhead.blockSize
    let block = try block(index)
    let start = Int(offset - index * ReadAhead.blockSize)
    let count = min(block.count - start, buffer.count)
    block.withUnsafeBytes { block in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[start..<(start + count)]))
    }
    return count
  }

  package func limitReadAhead(to offset: Int64) {
    shared.update { $0.limit = offset }
  }

  package func close() {
    let stream = shared.update { shared in
      shared.isClosed = true
      return shared.stream
    }
    stream?.cancel()
  }

  // MARK: Blocks

  private func block(_ index: Int64) throws -> [UInt8] {
    if let block = recent[index] ?? first[index] { return block }
    let offset = index * ReadAhead.blockSize
    if let flow,
      offset < flow.position - Int64(partial.count) || offset >= flow.end || offset > flow.position + ReadAhead.skip
    {
      leave(flow)
    }
    if flow == nil { partial = [] }
    while true {
      let (next, bytes) = try nextBlock(from: index)
      recent.add(bytes, at: next)
      // Who says how far the reading goes is past the header and the index, which the cache is for.
      if shared.update({ $0.limit }) == nil { first.add(bytes, at: next) }
      if next == index { return bytes }
    }
  }

  /// The block that the flow is in or, without one, block `index`.
  private func nextBlock(from index: Int64) throws -> (index: Int64, bytes: [UInt8]) {
    let index = flow.map { ($0.position - Int64(partial.count)) / ReadAhead.blockSize } ?? index
    let start = index * ReadAhead.blockSize
    let length = Int(min(ReadAhead.blockSize, size - start))
    while partial.count < length {
      do {
        if flow == nil { try openFlow(at: start + Int64(partial.count)) }
        try receive(length - partial.count)
        failures = 0
      } catch let error as ObjectStoreError {
        try recover(from: error)
      }
    }
    if let flow, flow.position == flow.end { leave(flow) }
    defer { partial = [] }
    return (index, partial)
  }

  private func receive(_ wanted: Int) throws {
    guard let flow else { return }
    let count = partial.count
    partial.append(contentsOf: repeatElement(0, count: wanted))
    var received = 0
    defer { partial.removeLast(wanted - received) }
    received = try partial.withUnsafeMutableBytes { bytes in
      try request.mapping {
        try flow.stream.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
      }
    }
    guard received > 0 else {
      throw ObjectStoreError(
        code: TransportError.Kind.connectionReset.rawValue,
        message: "\(request.subject): the answer ended at byte \(flow.position) instead of \(flow.end)",
        isRetryable: true)
    }
    self.flow?.position += Int64(received)
  }

  // MARK: Flows

  private func openFlow(at offset: Int64) throws {
    if let limit = shared.update({ $0.limit }) { readAhead.limit(to: limit) }
    let range = offset..<readAhead.end(from: offset)
    let stream = try request.open(range)
    let isClosed = shared.update { shared in
      shared.statistics.requests += 1
      shared.stream = stream
      return shared.isClosed
    }
    if isClosed { stream.cancel() }
    // Known before it is validated, so that a failure takes it away again.
    flow = Flow(stream: stream, position: offset, end: range.upperBound)
    try request.validate(stream, range)
  }

  /// Ends a flow. A short rest is read, so that the connection can be used again.
  private func leave(_ flow: Flow) {
    if flow.end - flow.position <= Self.worthDraining {
      withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
        // Nothing depends on these bytes, so neither does anything on why they do not come.
        while let count = try? flow.stream.read(into: buffer), count > 0 {}
      }
    }
    drop()
  }

  private func drop() {
    flow = nil
    let stream = shared.update { shared in
      defer { shared.stream = nil }
      shared.statistics.bytesFetched += shared.stream?.receivedBytes ?? 0
      return shared.stream
    }
    stream?.cancel()
  }

  /// Waits before the next try; the bytes received so far stay.
  private func recover(from error: ObjectStoreError) throws {
    drop()
    try checkOpen()
    failures += 1
    let retry = request.client.configuration.retry
    guard error.isRetryable, failures < retry.maximumAttempts else {
      partial = []
      failures = 0
      throw error
    }
    let delay = retry.delay(afterAttempt: failures, randomness: .random(in: 0..<1))
    _ = shared.wait(atMost: delay) { $0.isClosed ? true : nil }
    try checkOpen()
  }

  private func checkOpen() throws {
    guard !shared.update({ $0.isClosed }) else {
      throw ObjectStoreError(
        code: TransportError.Kind.cancelled.rawValue, message: "\(request.subject): the source was closed",
        isRetryable: false)
    }
  }
}
