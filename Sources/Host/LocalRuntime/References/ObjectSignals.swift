import S3Protocol
import Core
import LocalStorage
import GRDB
import HTTPGateway
import Synchronization

/// Tells the watchers of a prefix that something below it was committed.
final class ObjectSignals: Sendable {
  private struct Entry {
    var bucket: String
    var prefixes: [String]
    var signal: Signal
  }

  /// Raised and waited for.
  final class Signal: Sendable {
    private let state = Mutex<(level: Int, mark: AwaitableCounter)>((0, AwaitableCounter(maximumWaiters: 1)))

    fileprivate func raise() {
      let (level, mark) = state.withLock { state in
        state.level += 1
        return (state.level, state.mark)
      }
      mark.rise(to: level)
    }

    fileprivate func wait(above level: Int, atMost timeout: Duration) async -> Int {
      let mark = state.withLock { $0.mark }
      await mark.wait(above: level, timeout: timeout)
      return state.withLock { $0.level }
    }
  }

  /// Ends when it is released.
  private final class Watch: ChangeWatch {
    private let signal: Signal
    private let seen = Mutex(0)
    private let end: @Sendable () -> Void

    init(_ signal: Signal, end: @escaping @Sendable () -> Void) {
      self.signal = signal
      self.end = end
    }

    func wait(atMost timeout: Duration) async {
      let level = await signal.wait(above: seen.withLock { $0 }, atMost: timeout)
      seen.withLock { $0 = level }
    }

    deinit { end() }
  }

  private let entries = Mutex<(next: Int, all: [Int: Entry])>((0, [:]))

  /// To be added to the store's hooks.
  var hook: ObjectCommitHook {
    { [self] db, change in
      let signals = entries.withLock { entries in
        entries.all.values.filter { entry in
          entry.bucket == change.bucket && entry.prefixes.contains { change.key.hasPrefix($0) }
        }.map(\.signal)
      }
      guard !signals.isEmpty else { return }
      db.afterNextTransaction(onCommit: { _ in for signal in signals { signal.raise() } })
    }
  }

  func watch(_ prefixes: [String], in bucket: String) -> any ChangeWatch {
    let signal = Signal()
    let id = entries.withLock { entries in
      defer { entries.next += 1 }
      entries.all[entries.next] = Entry(bucket: bucket, prefixes: prefixes, signal: signal)
      return entries.next
    }
    return Watch(signal) { [weak self] in self?.entries.withLock { $0.all[id] = nil } }
  }
}
