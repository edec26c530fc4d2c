import GRDB
import LocalStorage
import Synchronization

/// Collects writes while a transaction is under way and runs them together in the next one: a commit waits for the
/// disk, and many writers then share one wait.
///
/// Writes of one transaction stand or fall together, so they must not fail for reasons of their own content.
final class GroupCommit: Sendable {
  private struct Item {
    let write: (Database) throws -> Void
    let finish: (Result<Void, any Error>) -> Void
  }

  /// Not Sendable by itself: each closure is called once, first by the writer, then by the loop.
  private struct Items: @unchecked Sendable {
    var list: [Item]
  }

  private struct State: ~Copyable {
    var waiting = Items(list: [])
    var isRunning = false
  }

  private let database: LocalDatabase
  private let state = Mutex(State())

  init(_ database: LocalDatabase) {
    self.database = database
  }

  /// Runs `body` in a transaction shared with others; durable when it returns.
  func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
      let slot = Slot<Value>()
      let item = Item(
        write: { slot.value = try body($0) },
        finish: { result in
          continuation.resume(with: result.flatMap { slot.value.map { .success($0) } ?? .failure(CancellationError()) })
        })
      let mustStart = state.withLock { state in
        state.waiting.list.append(item)
        defer { state.isRunning = true }
        return !state.isRunning
      }
      if mustStart { Task { await self.run() } }
    }
  }

  private func run() async {
    while true {
      let items: Items? = state.withLock { state in
        if state.waiting.list.isEmpty {
          state.isRunning = false
          return nil
        }
        defer { state.waiting = Items(list: []) }
        return state.waiting
      }
      guard let items else { return }
      let result: Result<Void, any Error>
      do {
        try await database.write { db in
          for item in items.list { try item.write(db) }
        }
        result = .success(())
      } catch {
        result = .failure(error)
      }
      for item in items.list { item.finish(result) }
    }
  }

  private final class Slot<Value>: @unchecked Sendable {
    var value: Value?
  }
}
