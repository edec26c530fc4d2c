import Audio
import Core
import MediaTypes
import Synchronization

/// A transcoder's output on its way from its thread to an asynchronous answer: at most 1 MiB waits.
///
/// Nothing leaves before the first 4 KiB, so that what fails at once can still be answered with a status.
package final class ResponseSink: AudioSink, @unchecked Sendable {
  /// The caller takes no more.
  package struct Closed: ClassifiedError {
    package var code: String { "StreamClosed" }
    package var message: String { "the caller takes no more of the result" }
    package var isRetryable: Bool { false }
  }

  private struct State {
    var waiting = 0
    var isClosed = false
  }

  private static let limit = 1 << 20
  private let state = Monitor(State())
  private let continuation: AsyncStream<[UInt8]>.Continuation
  /// What was written, in order.
  package let chunks: AsyncStream<[UInt8]>
  // Only the transcoder's thread comes to these; that is what `@unchecked` stands for.
  private var pending: [UInt8] = []
  private var threshold = 4 << 10

  package init() { (chunks, continuation) = AsyncStream<[UInt8]>.makeStream() }

  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    pending.append(contentsOf: bytes)
    if pending.count >= threshold { try send() }
  }

  /// Gives out the rest and ends the stream.
  package func finish() throws {
    if !pending.isEmpty { try send() }
    continuation.finish()
  }

  /// Ends the stream without the rest.
  package func abandon() { continuation.finish() }

  /// A chunk was passed on.
  package func took(_ count: Int) { state.update { $0.waiting -= count } }

  /// No more chunks are taken; writing throws from now on.
  package func close() { state.update { $0.isClosed = true } }

  private func send() throws {
    let isOpen: Bool = state.wait { state in
      if state.isClosed { return false }
      guard state.waiting < Self.limit else { return nil }
      state.waiting += self.pending.count
      return true
    }
    guard isOpen else { throw Closed() }
    continuation.yield(pending)
    pending.removeAll()
    threshold = 32 << 10
  }
}
