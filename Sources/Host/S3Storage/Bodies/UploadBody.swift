package import Checksums
package import HummingbirdCore
package import NIOCore
import NIOHTTP1
package import S3Protocol

/// The body of a request on its way into a store: announced and authorised, not yet read.
///
/// Read once. Bytes go to the store while they arrive, so a store must keep them apart until `receive` has verified the
/// whole body.
package struct UploadBody: Sendable {
  /// How much is gathered before a thread is bothered.
  static let blockSize = 1 << 20

  private var plan: BodyPlan
  private let wire: RequestBody
  private let eventLoop: any EventLoop
  private let workers: BodyWorkers

  package init(_ plan: BodyPlan, wire: RequestBody, eventLoop: any EventLoop, workers: BodyWorkers) {
    self.plan = plan
    self.wire = wire
    self.eventLoop = eventLoop
    self.workers = workers
  }

  /// Whether it takes more than one block.
  package var isLong: Bool { plan.length.upperBound > Self.blockSize }

  /// Whether the client sends or names a checksum.
  package var hasOwnChecksum: Bool { plan.namesChecksum }

  /// The same body with a checksum of this algorithm, which multipart uploads want of every part.
  ///
  /// - Throws: `InvalidRequest` where the client sends the checksum of another one.
  package func computing(_ algorithm: ChecksumAlgorithm) throws(S3Error) -> UploadBody {
    if let given = plan.checksum?.algorithm, given != algorithm {
      throw S3Error(
        .invalidRequest,
        message: "Checksum Type mismatch occurred, expected checksum Type: \(algorithm.rawValue.lowercased()), "
          + "actual checksum Type: \(given.rawValue.lowercased())")
    }
    var body = self
    body.plan.algorithm = algorithm
    return body
  }

  /// Reads the body to its end, on threads that may block hands its content to `sink`, verifies it and calls `finish`.
  ///
  /// While one block is digested and written the next one is gathered; no more than two are held.
  /// - Throws: `IncompleteBody` where the client went away or sent less, `BadDigest` and its kin where the content is
  ///   not what was announced, what `sink` and `finish` throw. `sink` is not used any more once this has returned.
  package func receive<Result: Sendable>(
    into sink: any BodySink, finish: @escaping @Sendable (BodyDigests) throws -> Result
  ) async throws -> Result {
    let receiver = Confined(BodyReceiver(plan))
    let block = { (buffers: [ByteBuffer], end: @escaping (Swift.Result<Void, any Error>) -> Void) in
      BodyWorkers.Block(
        buffers, md5: receiver.value.md5, take: { try receiver.value.feed($0, to: sink, digest: $1) }, end: end)
    }
    var underWay: EventLoopFuture<Void>?
    do {
      var buffers: [ByteBuffer] = []
      var gathered = 0
      for try await buffer in wire {
        // In time for its end when it is waited for.
        if underWay != nil, gathered < Self.blockSize / 2, gathered + buffer.readableBytes >= Self.blockSize / 2 {
          workers.hurry()
        }
        gathered += buffer.readableBytes
        buffers.append(buffer)
        guard gathered >= Self.blockSize else { continue }
        try await end(of: underWay)
        let promise = eventLoop.makePromise(of: Void.self)
        workers.submit(block(buffers) { promise.completeWith($0) }, isUrgent: false)
        underWay = promise.futureResult
        buffers.removeAll(keepingCapacity: true)
        gathered = 0
      }
      try await end(of: underWay)
      underWay = nil
      let last = buffers
      return try await withCheckedThrowingContinuation { continuation in
        workers.submit(
          block(last) { fed in
            continuation.resume(with: fed.flatMap { .init { try finish(receiver.value.finish()) } })
          }, isUrgent: true)
      }
    } catch {
      // The sink must be idle when its owner discards it.
      _ = try? await end(of: underWay)
      // The connection ended within the body.
      if error is HTTPParserError { throw S3Error(.incompleteBody) }
      throw error
    }
  }

  private func end(of block: EventLoopFuture<Void>?) async throws {
    guard let block else { return }
    workers.hurry()
    try await block.get()
  }
}

/// A value that threads use strictly one after the other; the workers' lock orders their memory accesses.
private struct Confined<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) {
    self.value = value
  }
}
