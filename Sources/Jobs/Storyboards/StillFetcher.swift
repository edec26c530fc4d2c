import ObjectStore
import Previews
import Core

/// Fetches stills ahead of a thread that takes them one after the other; at most `window` of them are in memory or under
/// way.
final class StillFetcher: Sendable {
  private let objects: any ObjectStore
  private let bucket: String
  private let stills: [StoryboardPlan.Still]
  private let window: Int
  private let state = Monitor(State())

  private struct State {
    var ready: [Int: Result<[UInt8], any Error>] = [:]
    var started = 0
    var isCancelled = false
  }

  /// A still is not there any more, or is another one than the manifest names.
  struct Missing: ClassifiedError {
    let message: String
    var code: String { "OutputMissing" }
    var isRetryable: Bool { true }
  }

  init(objects: any ObjectStore, bucket: String, stills: [StoryboardPlan.Still], window: Int) {
    self.objects = objects
    self.bucket = bucket
    self.stills = stills
    self.window = window
  }

  /// Blocks until that still is there; each is to be taken once and in order, from a thread of one's own.
  ///
  /// - Throws: `Missing`, `ObjectStoreError`, `CancellationError`.
  func take(_ index: Int) throws -> [UInt8] {
    let due = state.update { state in
      let due = state.started..<min(stills.count, index + window)
      state.started = max(state.started, due.upperBound)
      return due
    }
    for next in due { start(next) }
    return try state.wait { state in
      state.isCancelled ? .failure(CancellationError()) : state.ready.removeValue(forKey: index)
    }.get()
  }

  /// Whoever waits stops waiting.
  func cancel() { state.update { $0.isCancelled = true } }

  private func start(_ index: Int) {
    Task {
      let result: Result<[UInt8], any Error>
      do {
        result = .success(try await fetch(stills[index]))
      } catch {
        result = .failure(error)
      }
      state.update { $0.ready[index] = result }
    }
  }

  func fetch(_ still: StoryboardPlan.Still) async throws -> [UInt8] {
    do {
      let bytes = try await objects.get(still.key, in: bucket).bytes
      guard bytes.count == still.bytes else {
        throw Missing(message: "'\(still.key)' must have \(still.bytes) bytes, found \(bytes.count)")
      }
      return bytes
    } catch let error as ObjectStoreError where error.code == "NoSuchKey" {
      throw Missing(message: "'\(still.key)', which the manifest names, is not there")
    }
  }
}
