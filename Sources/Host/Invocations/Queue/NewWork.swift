import Synchronization

/// Tells one listener which functions have new work: a stream that a queue feeds once work is committed. What the
/// listener has not taken yet is merged, so that it stays small.
package final class NewWork: AsyncSequence, Sendable {
  private let functions = Mutex<Set<String>>([])
  private let ticks: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  package init() {
    (ticks, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  deinit { continuation.finish() }

  package func add(_ names: some Sequence<String>) {
    let isNew = functions.withLock { functions in
      functions.formUnion(names)
      return !functions.isEmpty
    }
    if isNew { continuation.yield() }
  }

  package func makeAsyncIterator() -> Iterator { Iterator(ticks: ticks.makeAsyncIterator(), work: self) }

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate var ticks: AsyncStream<Void>.AsyncIterator
    fileprivate let work: NewWork

    /// Waits until there is some; `nil` once the task is cancelled.
    package mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> Set<String>? {
      while await ticks.next(isolation: actor) != nil {
        let functions = work.take()
        if !functions.isEmpty { return functions }
      }
      return nil
    }

    package mutating func next() async -> Set<String>? { await next(isolation: nil) }
  }

  private func take() -> Set<String> {
    functions.withLock { functions in
      defer { functions = [] }
      return functions
    }
  }
}
