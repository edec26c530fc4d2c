package import NIOCore
import Synchronization

/// A response that a function streams, on its way to the caller: bounded, so that a slow caller slows the function
/// down instead of filling memory.
package final class ResponseStream: Sendable {
  private struct State {
    var parts = CircularBuffer<ByteBuffer>()
    var bytes = 0
    var reader: CheckedContinuation<ByteBuffer?, Never>?
    /// Lets the function go on sending.
    var resume: (@Sendable () -> Void)?
    var isFinished = false
    var isAbandoned = false
    var contentType: String?
  }

  /// Bytes that wait for the caller before the function has to.
  private static let capacity = 256 << 10

  private let state = Mutex(State())

  package init() {}

  /// The content type with which the function began to stream; nil before that, and if it named none.
  package var contentType: String? { state.withLock { $0.contentType } }

  func setContentType(_ type: String?) { state.withLock { $0.contentType = type } }

  /// Takes what the function sent.
  ///
  /// - Parameter resume: called once there is room again, if there is none now.
  /// - Returns: whether there is room for more.
  func write(_ part: ByteBuffer, resume: @escaping @Sendable () -> Void) -> Bool {
    let (reader, hasRoom) = state.withLock { state -> (CheckedContinuation<ByteBuffer?, Never>?, Bool) in
      guard !state.isFinished, !state.isAbandoned, part.readableBytes > 0 else { return (nil, true) }
      if let reader = state.reader {
        state.reader = nil
        return (reader, true)
      }
      state.parts.append(part)
      state.bytes += part.readableBytes
      guard state.bytes >= Self.capacity else { return (nil, true) }
      state.resume = resume
      return (nil, false)
    }
    reader?.resume(returning: part)
    return hasRoom
  }

  /// No more comes; to be called when the invocation is over, however it ended.
  package func finish() {
    let reader = state.withLock { state in
      state.isFinished = true
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume(returning: nil)
  }

  /// The caller reads no more: what comes is dropped, and the function runs on as if it were read.
  package func abandon() {
    let resume = state.withLock { state in
      state.isAbandoned = true
      state.parts.removeAll()
      defer { state.resume = nil }
      return state.resume
    }
    resume?()
  }

  /// The next part, in order; nil at the end. For one reader.
  package func next() async -> ByteBuffer? {
    await withCheckedContinuation { continuation in
      let (part, isNow, resume) = state.withLock { state -> (ByteBuffer?, Bool, (@Sendable () -> Void)?) in
        if let part = state.parts.popFirst() {
          state.bytes -= part.readableBytes
          guard state.bytes < Self.capacity else { return (part, true, nil) }
          defer { state.resume = nil }
          return (part, true, state.resume)
        }
        if state.isFinished { return (nil, true, nil) }
        state.reader = continuation
        return (nil, false, nil)
      }
      resume?()
      if isNow { continuation.resume(returning: part) }
    }
  }
}
