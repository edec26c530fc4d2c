import Core
package import S3Storage
import ServiceLifecycle
import Synchronization

/// Who waits for which object to change.
package final class ObjectWatches: Sendable {
  package final class Watch: ObjectWatch {
    fileprivate let resource: [UInt8]
    fileprivate let change = AwaitableCounter(maximumWaiters: 1)
    private let watches: ObjectWatches

    fileprivate init(_ resource: [UInt8], _ watches: ObjectWatches) {
      self.resource = resource
      self.watches = watches
    }

    package func change(within timeout: Duration) async {
      // A server that is to end waits for its answers.
      await withGracefulShutdownHandler {
        await change.wait(above: 0, timeout: timeout)
      } onGracefulShutdown: { [change] in
        change.close()
      }
    }

    deinit {
      watches.remove(change, of: resource)
    }
  }

  private struct State {
    /// By the bytes of the objects' addresses.
    var watched: [[UInt8]: [AwaitableCounter]] = [:]
    var count = 0
  }

  private let maximumCount: Int
  private let state = Mutex(State())

  /// - Parameter maximumCount: watches at the same time.
  package init(maximumCount: Int = 256) {
    self.maximumCount = maximumCount
  }

  /// - Returns: nil if there are as many as there may be.
  package func watch(_ address: ObjectAddress) -> Watch? {
    let watch = Watch([UInt8](address.resource.utf8), self)
    let isAdmitted = state.withLock { state in
      guard state.count < maximumCount else { return false }
      state.count += 1
      state.watched[watch.resource, default: []].append(watch.change)
      return true
    }
    return isAdmitted ? watch : nil
  }

  /// To be called after the commit, with every object that was changed.
  package func changed(_ bucket: String, _ keys: [String]) {
    let changes = state.withLock { state in
      state.count == 0
        ? [] : keys.flatMap { state.watched[[UInt8](ObjectAddress(bucket: bucket, key: $0).resource.utf8)] ?? [] }
    }
    for change in changes { change.rise(to: 1) }
  }

  private func remove(_ change: AwaitableCounter, of resource: [UInt8]) {
    state.withLock { state in
      guard var changes = state.watched[resource], let index = changes.firstIndex(where: { $0 === change }) else {
        return
      }
      changes.remove(at: index)
      state.watched[resource] = changes.isEmpty ? nil : changes
      state.count -= 1
    }
  }
}
