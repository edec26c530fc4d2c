import Synchronization

/// What all requests for one source may take together.
package final class RemoteBudget: Sendable {
  private let maximumBytes: Int64
  private let seconds: Double
  private let deadline: ContinuousClock.Instant
  private let taken = Atomic<Int64>(0)

  /// - Parameters:
  ///   - maximumBytes: of all bodies together.
  ///   - seconds: from now on.
  package init(maximumBytes: Int64, seconds: Double) {
    self.maximumBytes = maximumBytes
    self.seconds = seconds
    deadline = .now.advanced(by: .seconds(seconds))
  }

  package var bytes: Int64 { taken.load(ordering: .relaxed) }

  var timeLeft: Duration { ContinuousClock.now.duration(to: deadline) }

  /// - Throws: `RemoteFetchError` `SourceTooLarge` or `SourceTooSlow`.
  func take(_ count: Int) throws(RemoteFetchError) {
    let sum = taken.wrappingAdd(Int64(count), ordering: .relaxed).newValue
    if sum > maximumBytes { throw tooLarge() }
    if timeLeft <= .zero { throw tooSlow() }
  }

  /// - Throws: `RemoteFetchError` `SourceTooLarge`.
  func check(announced size: Int64) throws(RemoteFetchError) {
    if size > maximumBytes { throw tooLarge() }
  }

  private func tooLarge() -> RemoteFetchError {
    RemoteFetchError(.tooLarge, "the source is larger than the \(maximumBytes) bytes allowed")
  }

  func tooSlow() -> RemoteFetchError {
    RemoteFetchError(.tooSlow, "the source was not complete after the \(Int(seconds)) s allowed")
  }
}
