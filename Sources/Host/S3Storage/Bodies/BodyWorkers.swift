package import Checksums
package import NIOCore
package import NIOPosix
import Synchronization

/// Digests and stores what arrives of bodies, on threads that may block.
///
/// What waits is taken together, and something is let wait: digesting several bodies side by side takes hardly longer than
/// one (`MD5Stream`).
package final class BodyWorkers: Sendable {
  /// A block of a body. What it refers to is used by one thread after the other: by the next block's when this one has ended.
  package struct Block: @unchecked Sendable {
    let buffers: [ByteBuffer]
    let md5: MD5Stream
    let take: (_ bytes: UnsafeRawBufferPointer, _ digest: (UnsafeRawBufferPointer) -> Void) throws -> Void
    let end: (Result<Void, any Error>) -> Void

    /// - Parameters:
    ///   - md5: is fed with what `take` passes on.
    ///   - take: called with the bytes of each buffer; passes those on that are to be digested, which lie where they lie.
    ///   - end: called once, on a thread that may block.
    package init(
      _ buffers: [ByteBuffer], md5: MD5Stream,
      take: @escaping (_ bytes: UnsafeRawBufferPointer, _ digest: (UnsafeRawBufferPointer) -> Void) throws -> Void,
      end: @escaping (Result<Void, any Error>) -> Void
    ) {
      self.buffers = buffers
      self.md5 = md5
      self.take = take
      self.end = end
    }
  }

  private struct State {
    var waiting: [Block] = []
    /// Whether a caller waits for the end of one of them, or they are enough.
    var isTime = false
    var threads = 0
  }

  /// As many blocks are begun with unless one is urgent.
  private static let enough = MD5Stream.sideBySide
  /// Most blocks that one thread takes.
  private static let together = 16

  private let pool: NIOThreadPool
  private let threads: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - pool: must be started.
  ///   - threads: how many of it digest at a time. Default: half as many as there are processors.
  package init(_ pool: NIOThreadPool, threads: Int = max(1, System.coreCount / 2)) {
    self.pool = pool
    self.threads = max(1, threads)
  }

  /// - Parameters:
  ///   - block: of a body whose last block has ended.
  ///   - isUrgent: whether its end is waited for. Others end after enough others, or when a caller is in a `hurry`.
  package func submit(_ block: Block, isUrgent: Bool) {
    change { state in
      state.waiting.append(block)
      state.isTime = state.isTime || isUrgent || state.waiting.count >= Self.enough
    }
  }

  /// Begins with what waits.
  package func hurry() {
    change { $0.isTime = !$0.waiting.isEmpty }
  }

  private func change(_ body: (inout State) -> Void) {
    let starts = state.withLock { state in
      body(&state)
      guard state.isTime, state.threads < threads else { return false }
      state.threads += 1
      return true
    }
    if starts { start() }
  }

  private func start() {
    pool.submit { [self] in run(isActive: $0 == .active) }
  }

  private func run(isActive: Bool) {
    let blocks = state.withLock { state in
      let taken = Array(state.waiting.prefix(Self.together))
      state.waiting.removeFirst(taken.count)
      state.isTime = !state.waiting.isEmpty
      return taken
    }
    let results = isActive ? Self.feed(blocks) : blocks.map { _ in .failure(ChannelError.ioOnClosedChannel) }
    // Before the blocks' ends, which may wait for the disk.
    let mustGoOn = state.withLock { state in
      if !state.isTime { state.threads -= 1 }
      return state.isTime
    }
    if mustGoOn { start() }
    for (block, result) in zip(blocks, results) { block.end(result) }
  }

  private static func feed(_ blocks: [Block]) -> [Result<Void, any Error>] {
    // What is digested lies in the blocks' buffers, which must not move until then.
    var owners: [Unmanaged<AnyObject>] = []
    defer { for owner in owners { owner.release() } }
    var work: [MD5Stream.Work] = []
    let results = blocks.map { block in
      Result<Void, any Error> {
        var pieces: [UnsafeRawBufferPointer] = []
        for buffer in block.buffers {
          try buffer.withUnsafeReadableBytesWithStorageManagement { bytes, owner in
            owners.append(owner.retain())
            try block.take(bytes) { pieces.append($0) }
          }
        }
        work.append((block.md5, pieces))
      }
    }
    MD5Stream.update(work)
    return results
  }
}
