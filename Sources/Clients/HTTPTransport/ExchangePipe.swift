import Synchronization

/// The two bounded buffers between the transport's thread, which never waits, and the tasks that write and read.
final class ExchangePipe: ResponseReceiver, RequestBodySource {
  private struct State {
    var outgoing: ByteRing
    var hasSent = false
    var isComplete = false
    var trailers: [(name: String, value: String)] = []
    /// The transport found nothing to send.
    var isStarved = false

    var head: (status: Int, headers: HTTPHeaders)?
    var incoming: ByteRing
    /// The transport holds back bytes for which there was no room.
    var isHeldBack = false
    /// Set once: the response is complete (`.success`) or failed.
    var end: Result<Void, TransportError>?

    var writer: CheckedContinuation<Void, Never>?
    var readers: [CheckedContinuation<Void, Never>] = []

    mutating func takeReaders() -> [CheckedContinuation<Void, Never>] {
      defer { readers = [] }
      return readers
    }

    mutating func takeWriter() -> CheckedContinuation<Void, Never>? {
      defer { writer = nil }
      return writer
    }
  }

  private let state: Mutex<State>
  private let capacity: Int

  init(limit: Int) {
    // A full piece must always find room once half of the buffer is empty, or nothing would move again.
    let capacity = max(limit, 32 << 10)
    self.capacity = capacity
    state = Mutex(State(outgoing: ByteRing(capacity: capacity), incoming: ByteRing(capacity: capacity)))
  }

  // MARK: The transport's side

  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> RequestBodyPiece {
    let (piece, writer) = state.withLock { state -> (RequestBodyPiece, CheckedContinuation<Void, Never>?) in
      let count = state.outgoing.remove(into: buffer)
      if count > 0 {
        state.hasSent = true
        return (.bytes(count), state.takeWriter())
      }
      if state.isComplete { return (.end, nil) }
      state.isStarved = true
      return (.later, nil)
    }
    writer?.resume()
    return piece
  }

  var isUntouched: Bool { state.withLock { !$0.hasSent } }

  var trailers: [(name: String, value: String)] { state.withLock { $0.trailers } }

  func begin(_ head: ResponseHead) -> TransportError? {
    let readers = state.withLock { state in
      state.head = (head.status, head.headers)
      return state.takeReaders()
    }
    for reader in readers { reader.resume() }
    return nil
  }

  func take(_ bytes: UnsafeRawBufferPointer) -> BodyDisposition {
    let (disposition, readers) = state.withLock { state -> (BodyDisposition, [CheckedContinuation<Void, Never>]) in
      if case .failure(let error) = state.end { return (.refused(error), []) }
      if state.incoming.append(bytes) { return (.taken, state.takeReaders()) }
      state.isHeldBack = true
      return (.later, [])
    }
    for reader in readers { reader.resume() }
    return disposition
  }

  func end(_ error: TransportError?) {
    finish(error.map { .failure($0) } ?? .success(()), discarding: false)
  }

  // MARK: The tasks' side

  func cancel(_ error: TransportError) {
    finish(.failure(error), discarding: true)
  }

  private func finish(_ end: Result<Void, TransportError>, discarding: Bool) {
    let (readers, writer) = state.withLock { state in
      if discarding {
        state.incoming.removeAll()
        state.end = end
      } else if state.end == nil {
        state.end = end
      }
      return (state.takeReaders(), state.takeWriter())
    }
    for reader in readers { reader.resume() }
    writer?.resume()
  }

  /// Takes as much of `bytes` as there is room for.
  ///
  /// - Returns: how much, and whether the transport waits for it.
  func append(_ bytes: ArraySlice<UInt8>) throws(TransportError) -> (count: Int, mayResume: Bool) {
    let result = state.withLock { [capacity] state -> Result<(count: Int, mayResume: Bool), TransportError> in
      switch state.end {
      case .failure(let error): return .failure(error)
      // The server has answered without reading the rest.
      case .success:
        return .failure(TransportError(.connectionReset, "the server has ended the request", wasSent: true))
      case nil: break
      }
      let count = min(bytes.count, capacity - state.outgoing.count)
      guard count > 0 else { return .success((0, false)) }
      bytes.prefix(count).withUnsafeBytes { _ = state.outgoing.append($0) }
      defer { state.isStarved = false }
      return .success((count, state.isStarved))
    }
    return try result.get()
  }

  /// - Returns: whether the transport waits for more.
  func complete(trailers: [(name: String, value: String)]) -> Bool {
    state.withLock { state in
      guard !state.isComplete else { return false }
      state.isComplete = true
      state.trailers = trailers
      defer { state.isStarved = false }
      return state.isStarved
    }
  }

  /// Suspends until there is room, or the end.
  func waitForRoom() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isReady = state.withLock { [capacity] state in
        if state.end != nil || state.outgoing.count < capacity { return true }
        state.writer = continuation
        return false
      }
      if isReady { continuation.resume() }
    }
  }

  /// The head once it is there; suspends until then.
  func response() async throws(TransportError) -> (status: Int, headers: HTTPHeaders) {
    while true {
      let found = state.withLock { state -> Result<(status: Int, headers: HTTPHeaders), TransportError>? in
        if case .failure(let error) = state.end, error.kind == .cancelled || state.head == nil {
          return .failure(error)
        }
        return state.head.map { .success($0) }
      }
      if let found { return try found.get() }
      await wait { $0.head != nil || $0.end != nil }
    }
  }

  /// - Returns: `mayResume` where the transport holds bytes back for which there is room now; no bytes at the end.
  func read() async throws(TransportError) -> (bytes: [UInt8], mayResume: Bool) {
    while true {
      let found = state.withLock { [capacity] state -> Result<(bytes: [UInt8], mayResume: Bool), TransportError>? in
        let count = min(state.incoming.count, 64 << 10)
        guard count > 0 else { return state.end.map { end in end.map { ([], false) } } }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
          written = state.incoming.remove(into: UnsafeMutableRawBufferPointer(buffer))
        }
        let mayResume = state.isHeldBack && state.incoming.count <= capacity / 2
        if mayResume { state.isHeldBack = false }
        return .success((bytes, mayResume))
      }
      if let found { return try found.get() }
      await wait { $0.incoming.count > 0 || $0.end != nil }
    }
  }

  private func wait(until isReady: @escaping (borrowing State) -> Bool) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let mayGoOn = state.withLock { state in
        if isReady(state) { return true }
        state.readers.append(continuation)
        return false
      }
      if mayGoOn { continuation.resume() }
    }
  }
}
