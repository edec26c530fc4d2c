import VideoDecoding
import MediaTypes
import ObjectStore
import MediaJobs
import Previews
import Synchronization

/// The decoder that rendering a clip leaves behind, for the clip that follows it, should that be the next to come.
///
/// It takes about as much memory as decoding does, so it is not kept for long.
package final class DecoderCache: Sendable {
  private struct State {
    var source: Source?
    var sequence: ClipSequence?
    /// Counts what was rendered.
    var generation = 0
  }

  /// Content that never changes.
  private struct Source: Equatable {
    let bucket: String
    let key: String
    let version: SourceVersion
  }

  private static let idleLimit = Duration.seconds(5)
  private let state = Mutex(State())

  package init() {}

  /// The sequence of clips of this source and no other.
  func sequence(of job: Job) -> ClipSequence {
    let source = Source(bucket: job.buckets.source, key: job.source.key, version: job.version)
    return state.withLock { state in
      state.generation += 1
      if state.source == source, let sequence = state.sequence { return sequence }
      let sequence = ClipSequence()
      state.source = source
      state.sequence = sequence
      return sequence
    }
  }

  /// A clip is rendered; unless another one follows soon, nothing is kept.
  func rest() {
    let generation = state.withLock { $0.generation }
    Task {
      try? await Task.sleep(for: Self.idleLimit)
      state.withLock { state in
        guard state.generation == generation else { return }
        state.source = nil
        state.sequence = nil
      }
    }
  }
}
