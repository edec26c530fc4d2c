package import MediaTypes
import Synchronization

/// Parts that are still to be made, shared out among workers: those that take longest first.
package final class PartQueue: Sendable {
  private let parts: Mutex<ArraySlice<ProxyPart>>

  package init(_ parts: [ProxyPart]) { self.parts = Mutex(parts.sorted { $0.cost > $1.cost }[...]) }

  package func next() -> ProxyPart? { parts.withLock { $0.popFirst() } }
}
