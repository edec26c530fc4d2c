import Core

/// The bounded buffer between the transport's thread, which never waits, and a reader, who does.
final class BodyPipe: ResponseReceiver {
  private struct State {
    var ring: ByteRing
    var head: (status: Int, headers: HTTPHeaders)?
    /// Set once: the response is complete (`.success`) or failed.
    var end: Result<Void, TransportError>?
    /// The transport holds back bytes for which there was no room.
    var isHeldBack = false
    var receivedBytes: Int64 = 0
  }

  private let state: Monitor<State>
  private let capacity: Int

  init(limit: Int) {
    // A full piece must always find room once the reader has emptied half the buffer, or nothing would move again.
    capacity = max(limit, 32 << 10)
    state = Monitor(State(ring: ByteRing(capacity: capacity)))
  }

  // MARK: The transport's side

  func begin(_ head: ResponseHead) -> TransportError? {
    state.update { $0.head = (head.status, head.headers) }
    return nil
  }

  func take(_ bytes: UnsafeRawBufferPointer) -> BodyDisposition {
    state.update { state in
      if case .failure(let error) = state.end { return .refused(error) }
      if state.ring.append(bytes) {
        state.receivedBytes += Int64(bytes.count)
        return .taken
      }
      state.isHeldBack = true
      return .later
    }
  }

  func end(_ error: TransportError?) {
    state.update { state in
      if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
    }
  }

  // MARK: The reader's side

  func response() throws(TransportError) -> (status: Int, headers: HTTPHeaders) {
    try state.wait { state -> Result<(status: Int, headers: HTTPHeaders), TransportError>? in
      if case .failure(let error) = state.end, error.kind == .cancelled || state.head == nil { return .failure(error) }
      return state.head.map { .success($0) }
    }.get()
  }

  /// - Returns: `mayResume` where the transport holds bytes back for which there is room now; told once.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> (count: Int, mayResume: Bool) {
    guard !buffer.isEmpty else { return (0, false) }
    return try state.wait { [capacity] state -> Result<(count: Int, mayResume: Bool), TransportError>? in
      let count = state.ring.remove(into: buffer)
      guard count > 0 else { return state.end.map { end in end.map { (0, false) } } }
      let mayResume = state.isHeldBack && state.ring.count <= capacity / 2
      if mayResume { state.isHeldBack = false }
      return .success((count, mayResume))
    }.get()
  }

  var receivedBytes: Int64 { state.update { $0.receivedBytes } }

  func cancel(_ error: TransportError) {
    state.update { state in
      state.ring.removeAll()
      state.end = .failure(error)
    }
  }
}
