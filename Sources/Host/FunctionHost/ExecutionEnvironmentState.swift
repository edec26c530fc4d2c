/// The Runtime API's rules for one environment, pure: what is allowed when, and what follows.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; states and error names as in AWS's open-source
/// Runtime Interface Emulator.
package struct ExecutionEnvironmentState {
  package enum State: Equatable {
    /// The process has not asked for work yet.
    case starting
    /// It asked for work and there is none.
    case idle
    /// It has, or is about to get, this invocation.
    case busy(requestID: String, delivered: Bool)
    /// It answered and has not asked again.
    case responded(requestID: String)
    /// It is going or gone; nothing is accepted any more.
    case ended
  }

  /// What a runtime is told when it breaks the rules.
  package enum Violation: Equatable {
    case invalidRequestID
    case invalidTransition(from: String, to: String)
  }

  package enum NextVerdict: Equatable {
    /// Keep the request open. `becameReady`: the environment can take an invocation from now on.
    case park(becameReady: Bool)
    /// Answer at once with the invocation that was waiting for this request.
    case deliver
    /// Do not answer: the process is being killed, and an answer would only make it begin something.
    case ignore
    case reject(Violation)
  }

  package enum InvokeVerdict: Equatable {
    /// Answer the open request.
    case deliver
    /// No request is open (its connection broke): the next one gets it.
    case hold
    /// The environment has ended; the invocation belongs to another.
    case undelivered
  }

  package private(set) var state: State = .starting
  private var isPolling = false

  package init() {}

  /// `GET /runtime/invocation/next` arrived.
  package mutating func next() -> NextVerdict {
    switch state {
    case .starting, .responded:
      state = .idle
      isPolling = true
      return .park(becameReady: true)
    case .idle where !isPolling:
      isPolling = true
      return .park(becameReady: false)
    case .busy(let requestID, delivered: false) where !isPolling:
      state = .busy(requestID: requestID, delivered: true)
      return .deliver
    case .ended:
      return .ignore
    case .idle, .busy:
      return .reject(.invalidTransition(from: name, to: "Ready"))
    }
  }

  /// The connection of the open `next` request broke.
  package mutating func pollLost() { isPolling = false }

  /// An invocation was assigned.
  package mutating func invoke(_ requestID: String) -> InvokeVerdict {
    guard state == .idle else { return .undelivered }
    let delivered = isPolling
    isPolling = false
    state = .busy(requestID: requestID, delivered: delivered)
    return delivered ? .deliver : .hold
  }

  /// A response or an error for `requestID` begins to arrive; nil where that is in order.
  package func check(_ requestID: String) -> Violation? {
    switch state {
    case .busy(requestID, delivered: true): nil
    case .busy: .invalidRequestID
    case .responded(let last):
      last == requestID ? .invalidTransition(from: name, to: "InvocationResponse") : .invalidRequestID
    case .starting, .idle, .ended: .invalidRequestID
    }
  }

  /// A response or an error for `requestID` is complete; nil where it is accepted.
  package mutating func respond(_ requestID: String) -> Violation? {
    if let violation = check(requestID) { return violation }
    state = .responded(requestID: requestID)
    return nil
  }

  /// `POST /runtime/init/error` arrived; nil where it is accepted.
  package mutating func failInitialization() -> Violation? {
    guard state == .starting else { return .invalidTransition(from: name, to: "InitError") }
    state = .ended
    return nil
  }

  /// The process is going or gone. Returns the invocation that goes with it.
  package mutating func end() -> String? {
    defer { state = .ended }
    if case .busy(let requestID, _) = state { return requestID }
    return nil
  }

  private var name: String {
    switch state {
    case .starting: "Starting"
    case .idle: "Ready"
    case .busy: "Running"
    case .responded: "InvocationResponse"
    case .ended: "Exited"
    }
  }
}
