import Synchronization

/// Collects a response in memory and resumes the task that waits for it.
final class ResponseCollector: ResponseReceiver {
  private struct State {
    var response = HTTPResponse(status: 0)
    var continuation: CheckedContinuation<HTTPResponse, any Error>?
  }

  // Only the transport's thread comes here once the transfer is under way, so the lock is never waited for.
  private let state: Mutex<State>
  private let limit: Int
  private let hasBody: Bool
  private let subject: String

  init(for request: HTTPRequest, continuation: CheckedContinuation<HTTPResponse, any Error>) {
    limit = request.maximumResponseBytes
    hasBody = request.method != "HEAD"
    subject = request.subject
    state = Mutex(State(continuation: continuation))
  }

  func begin(_ head: ResponseHead) -> TransportError? {
    let announced = hasBody ? head.headers["content-length"].flatMap { Int($0) } : nil
    if let announced, announced > limit { return tooLarge() }
    state.withLock { state in
      state.response.status = head.status
      state.response.headers = head.headers
      if let announced, announced > 0 { state.response.body.reserveCapacity(announced) }
    }
    return nil
  }

  func take(_ bytes: UnsafeRawBufferPointer) -> BodyDisposition {
    state.withLock { state in
      guard state.response.body.count + bytes.count <= limit else { return .refused(tooLarge()) }
      state.response.body.append(contentsOf: bytes)
      return .taken
    }
  }

  func end(_ error: TransportError?) {
    let (continuation, response) = state.withLock { state in
      defer { state = State() }
      return (state.continuation, state.response)
    }
    if let error { continuation?.resume(throwing: error) } else { continuation?.resume(returning: response) }
  }

  private func tooLarge() -> TransportError {
    TransportError(.responseTooLarge, "\(subject): the response is longer than the \(limit) bytes allowed")
  }
}
