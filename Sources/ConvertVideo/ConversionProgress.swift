import ConversionAPI
import Synchronization

/// What is counted of a conversion while it runs.
final class ConversionProgress: Sendable {
  private struct State {
    var sourceBytes: Int64 = 0
    var outputBytes: Int64 = 0
    var firstByte: Duration?
  }

  private let start = ContinuousClock.now
  private let state = Mutex(State())

  func fetched(_ bytes: Int64) { state.withLock { $0.sourceBytes = bytes } }

  func made(_ bytes: Int) {
    state.withLock { state in
      state.outputBytes += Int64(bytes)
      if state.firstByte == nil { state.firstByte = .now - start }
    }
  }

  func report(outcome: String) {
    let state = state.withLock { $0 }
    ConversionMetrics.ended(
      outcome: outcome, sourceBytes: state.sourceBytes, outputBytes: state.outputBytes, firstByte: state.firstByte,
      total: .now - start)
  }
}
