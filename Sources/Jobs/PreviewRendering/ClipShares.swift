import Core
package import Previews
import Synchronization

/// A job's clips, shared out among workers.
package final class ClipShares: Sendable {
  package typealias Number = Int64

  private let clips: [ClipEvent]
  private let state: Mutex<(free: [Number], busy: Set<Number>, progress: PreviewProgress)>

  package init(_ clips: [ClipEvent]) {
    self.clips = clips
    var progress = PreviewProgress()
    progress.clips = clips.count
    state = Mutex((clips.indices.map(Number.init), [], progress))
  }

  /// A worker is done with a clip. Returns how far the job is.
  package func finished(_ number: Number) -> PreviewProgress {
    state.withLock { state in
      state.busy.remove(number)
      state.progress.clipsDone += 1
      return state.progress
    }
  }

  /// - Parameter done: what the worker has finished last.
  package func next(after done: Number?) -> (Number, ClipEvent)? {
    state.withLock { state in
      guard !state.free.isEmpty else { return nil }
      let number = state.free.remove(at: RunAffinity.index(in: state.free, busy: state.busy, after: done))
      state.busy.insert(number)
      return (number, clips[Int(number)])
    }
  }
}
