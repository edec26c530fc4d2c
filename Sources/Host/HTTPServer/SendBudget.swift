import Synchronization

/// Memory for what is on its way to clients, shared by all connections of a port: while it lasts, answers are sent in large
/// blocks; beyond it, in blocks so small that a client who does not read costs little.
package final class SendBudget: Sendable {
  private let free: Mutex<Int>
  /// In bytes: what a connection may have on its way in any case.
  package static let minimum = 32 << 10

  /// - Parameter bytes: for blocks that are larger than the minimum.
  package init(bytes: Int = 8 << 20) {
    free = Mutex(bytes)
  }

  /// Takes memory for a block of `bytes`, or of the minimum if that is not to be had.
  package func take(_ bytes: Int) -> Share {
    if bytes <= Self.minimum { return Share(bytes: bytes, taken: 0, budget: self) }
    let isTaken = free.withLock { free in
      guard free >= bytes else { return false }
      free -= bytes
      return true
    }
    return Share(bytes: isTaken ? bytes : Self.minimum, taken: isTaken ? bytes : 0, budget: self)
  }

  /// A block's memory; given back when the last reference goes.
  package final class Share: Sendable {
    /// How large the block may be.
    package let bytes: Int
    private let taken: Atomic<Int>
    private let budget: SendBudget

    fileprivate init(bytes: Int, taken: Int, budget: SendBudget) {
      self.bytes = bytes
      self.taken = Atomic(taken)
      self.budget = budget
    }

    /// Gives back what the block does not need after all.
    package func reduce(to bytes: Int) {
      let needed = bytes <= SendBudget.minimum ? 0 : bytes
      let taken = taken.load(ordering: .relaxed)
      guard needed < taken else { return }
      self.taken.store(needed, ordering: .relaxed)
      budget.free.withLock { $0 += taken - needed }
    }

    deinit { budget.free.withLock { $0 += taken.load(ordering: .relaxed) } }
  }
}
