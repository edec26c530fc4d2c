import NIOCore
import Synchronization

/// The open connections of a port, so that they can be counted and, at the end, cut.
package final class ConnectionRegistry: Sendable {
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

  package init() {}

  package var count: Int { channels.withLock { $0.count } }

  func add(_ channel: any Channel) {
    channels.withLock { $0[ObjectIdentifier(channel)] = channel }
    channel.closeFuture.whenComplete { _ in
      self.channels.withLock { $0[ObjectIdentifier(channel)] = nil }
    }
  }

  /// Cuts them all, whatever they are at.
  package func closeAll() {
    for channel in channels.withLock({ Array($0.values) }) { channel.close(mode: .all, promise: nil) }
  }
}
