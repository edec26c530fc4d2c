import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An advisory lock between a store and a backup of it in another process: while the backup has it, no file of an object is
/// removed.
///
/// The store asks after the transaction that let go of a file, and the backup takes its snapshot after it has the lock. So
/// every file that the snapshot names is still there. All methods block.
final class RemovalLock: Sendable {
  private let descriptor: Int32
  /// To be removed when the backup is done. What does not fit is collected at the next start.
  private let deferred = Mutex<[String]>([])
  private static let maximumDeferred = 100_000

  /// - Parameter folder: the root of the object files.
  init(folder: String) throws(StorageError) {
    let path = "\(folder)/removal.lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StorageError(errno, "open", path) }
  }

  deinit { close(descriptor) }

  /// What may be removed of `names` now, and of those that had to wait earlier.
  func removable(_ names: [String]) -> [String] {
    let isFree = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    if isFree { flock(descriptor, LOCK_UN) }
    return deferred.withLock { deferred in
      guard isFree else {
        deferred += names.prefix(max(0, Self.maximumDeferred - deferred.count))
        return []
      }
      defer { deferred = [] }
      return deferred + names
    }
  }

  /// For the backup: keeps every file that is there until `body` has returned.
  func holding<Value>(_ body: () throws -> Value) rethrows -> Value {
    flock(descriptor, LOCK_SH)
    defer { flock(descriptor, LOCK_UN) }
    return try body()
  }
}
