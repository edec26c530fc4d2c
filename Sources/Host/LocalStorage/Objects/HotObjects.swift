package import NIOCore
package import S3Storage
import Synchronization

/// Small objects that were sent lately, whole and in memory, for a host that sends the same ones many times.
///
/// What is found here is what a read of the store would find. The backend says of every change that it begins, inside its
/// transaction, and that it has ended. Until then the object is read from the store. What a read has found is not kept if a
/// change has ended since that read began.
package final class HotObjects: ObjectMemory {
  package typealias Object = (record: ObjectRecord, bytes: ByteBuffer)

  private struct Entry {
    var object: Object
    /// It was asked for since it was last passed over.
    var isUsed = false
  }

  private struct State {
    var entries: [[UInt8]: Entry] = [:]
    /// In the order in which they are looked at when room is needed.
    var order = CircularBuffer<[UInt8]>()
    var bytes = 0
    /// Of the transaction under way; there is one at a time.
    var changing: Set<[UInt8]> = []
    /// Transactions with changes that have ended.
    var changes: UInt64 = 0
  }

  /// Bytes of an object that is kept, at most.
  package static let maximumObject: Int64 = 96 << 10
  /// Bytes of all of them, as they lie in memory.
  package static let defaultCapacity = 16 << 20
  static let maximumCount = 1024

  private let capacity: Int
  private let state = Mutex(State())

  /// - Parameter capacity: in bytes.
  package init(capacity: Int = HotObjects.defaultCapacity) {
    self.capacity = capacity
  }

  package func find(_ address: ObjectAddress) -> Object? {
    let key = Self.key(address)
    return state.withLock { state in
      guard let object = state.entries[key]?.object else { return nil }
      state.entries[key]?.isUsed = true
      return object
    }
  }

  /// To be taken before the store is read.
  package func beginRead() -> UInt64 { state.withLock { $0.changes } }

  /// Keeps what a read has found, if nothing has changed since.
  ///
  /// - Parameter bytes: all of the object, compared with its checksum.
  package func keep(_ record: ObjectRecord, _ bytes: ByteBuffer, since ticket: UInt64) {
    guard record.size == Int64(bytes.readableBytes), record.size <= Self.maximumObject,
      bytes.storageCapacity <= capacity
    else { return }
    let key = Self.key(record.address)
    state.withLock { state in
      guard state.changes == ticket, !state.changing.contains(key), state.entries[key] == nil else { return }
      while state.bytes + bytes.storageCapacity > capacity || state.entries.count >= Self.maximumCount {
        makeRoom(&state)
      }
      state.entries[key] = Entry(object: (record, bytes))
      state.order.append(key)
      state.bytes += bytes.storageCapacity
    }
  }

  /// Lets go of the first one that has not been asked for since it was last looked at.
  private func makeRoom(_ state: inout State) {
    while let key = state.order.popFirst() {
      if state.entries[key]?.isUsed == true {
        state.entries[key]?.isUsed = false
        state.order.append(key)
      } else if let entry = state.entries.removeValue(forKey: key) {
        state.bytes -= entry.object.bytes.storageCapacity
        return
      }
    }
  }

  // MARK: Changes, of the one transaction that may be under way

  /// A change of the object begins, inside a transaction.
  ///
  /// - Returns: whether it is the transaction's first one, so that its end has to be told by `changesEnded`.
  package func changeBegins(_ address: ObjectAddress) -> Bool {
    let key = Self.key(address)
    return state.withLock { state in
      if let entry = state.entries.removeValue(forKey: key) {
        state.bytes -= entry.object.bytes.storageCapacity
        state.order.removeAll { $0 == key }
      }
      state.changing.insert(key)
      return state.changing.count == 1
    }
  }

  /// The transaction has been committed, or rolled back.
  package func changesEnded() {
    state.withLock { state in
      state.changing.removeAll(keepingCapacity: state.changing.count < 1000)
      state.changes += 1
    }
  }

  package var count: Int { state.withLock { $0.entries.count } }
  package var bytes: Int { state.withLock { $0.bytes } }

  /// Byte by byte, as S3 compares keys.
  private static func key(_ address: ObjectAddress) -> [UInt8] { Array(address.resource.utf8) }
}
