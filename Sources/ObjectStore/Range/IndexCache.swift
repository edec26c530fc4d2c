import S3Protocol
import Synchronization

/// Keeps what was read first of recent objects, over the life of the sources that read it.
///
/// A demuxer reads a file's header and index before anything else, and every clip of a video is read by a new source:
/// a process that renders many clips would fetch the same index, megabytes in a long video, over and over.
final class IndexCache: Sendable {
  struct Identity: Hashable {
    let bucket: String
    let key: String
    let etag: ETag
    let size: Int64
  }

  private struct Object {
    let identity: Identity
    let blocks: FirstBlocks
  }

  private let capacity: Int
  /// How many objects share it.
  private static let objects = 2
  /// The most recently used first.
  private let recent = Mutex<[Object]>([])

  /// - Parameter capacity: bytes altogether; 0 for none.
  init(capacity: Int) {
    self.capacity = max(0, capacity)
  }

  /// The first blocks of that object, shared by all who read it.
  func blocks(of identity: Identity) -> FirstBlocks {
    recent.withLock { recent in
      let known = recent.firstIndex { $0.identity == identity }.map { recent.remove(at: $0) }
      let object = known ?? Object(identity: identity, blocks: FirstBlocks(capacity: capacity / Self.objects))
      recent.insert(object, at: 0)
      if recent.count > Self.objects { recent.removeLast() }
      return object.blocks
    }
  }
}

/// The blocks of an object that were fetched first, as many as there is room for.
final class FirstBlocks: Sendable {
  private struct State {
    var blocks: [Int64: [UInt8]] = [:]
    var room: Int
  }

  private let state: Mutex<State>

  init(capacity: Int) {
    state = Mutex(State(room: capacity))
  }

  subscript(index: Int64) -> [UInt8]? { state.withLock { $0.blocks[index] } }

  func add(_ bytes: [UInt8], at index: Int64) {
    state.withLock { state in
      guard bytes.count <= state.room, state.blocks[index] == nil else { return }
      state.blocks[index] = bytes
      state.room -= bytes.count
    }
  }
}

/// The blocks that were fetched last.
struct RecentBlocks {
  private var blocks: [(index: Int64, bytes: [UInt8])] = []
  private var oldest = 0
  private let limit: Int

  /// - Parameter limit: how many are kept.
  init(limit: Int) {
    self.limit = limit
  }

  subscript(index: Int64) -> [UInt8]? {
    blocks.first { $0.index == index }?.bytes
  }

  mutating func add(_ bytes: [UInt8], at index: Int64) {
    if blocks.count < limit {
      blocks.append((index, bytes))
    } else {
      blocks[oldest] = (index, bytes)
      oldest = (oldest + 1) % limit
    }
  }
}
