import FoundationEssentials
import GRDB
package import NIOPosix
import Core
import S3Protocol
package import S3Storage
import Synchronization

/// Objects on one machine: bytes in files, everything else in the database.
///
/// A file is complete and on the disk before the transaction that makes an object of it; a file that is no longer
/// referred to is removed after the transaction that let go of it. So a crash at any instant leaves at most files that
/// nothing refers to, and those are collected when the store is opened.
package final class FileObjectBackend: S3Backend {
  package let database: LocalDatabase
  let files: ObjectFiles
  package let threadPool: NIOThreadPool
  /// Reads wait for no write: `threadPool` waits for the disk.
  let readers: NIOThreadPool
  private let hooks: [ObjectCommitHook]
  private let isNotified: @Sendable (_ bucket: String) -> Bool
  package let watches = ObjectWatches()
  package let hot = HotObjects()
  package var objectMemory: (any ObjectMemory)? { hot }
  /// By bucket, once asked for; nil: it has none.
  let lifecycles = Mutex<[String: LifecycleConfiguration?]>([:])
  /// What was found when the store was opened.
  package let opened: StoreOpening

  /// Opens the store and collects what a crash left behind. Blocks.
  ///
  /// - Parameters:
  ///   - database: opened with `FileObjectBackend.migrations` among its migrations.
  ///   - folder: where the files go; belongs to this store alone.
  ///   - threadPool: for all changes of files; must be started.
  ///   - readers: for reading them; must be started. Default: `threadPool`.
  ///   - isNotified: whether a bucket's changes are announced whatever its own configuration says; of others
  ///     they get no numbers. Default: of all.
  ///   - hooks: called in this order inside the transaction of every change.
  /// - Throws: a `ClassifiedError` where folder or database cannot be used, or do not belong together
  ///   (`DatabaseMismatch`).
  package init(
    database: LocalDatabase, folder: String, durability: LocalDatabase.Durability = .full,
    threadPool: NIOThreadPool = .singleton, readers: NIOThreadPool? = nil,
    isNotified: @escaping @Sendable (_ bucket: String) -> Bool = { _ in true },
    hooks: [ObjectCommitHook] = []
  ) throws {
    self.database = database
    self.threadPool = threadPool
    self.readers = readers ?? threadPool
    self.isNotified = isNotified
    self.hooks = hooks
    files = try ObjectFiles(root: folder, isDurable: durability == .full)
    opened = try StoreOpening.settle(files, database: database, folder: folder)
  }

  // MARK: Changes

  /// Keeps what is in memory of an object from outliving a change. To be called inside its transaction.
  func forget(_ address: ObjectAddress, _ db: Database) {
    guard hot.changeBegins(address) else { return }
    db.afterNextTransaction(onCommit: { [hot] _ in hot.changesEnded() }, onRollback: { [hot] _ in hot.changesEnded() })
  }

  /// Calls all hooks, inside the transaction of the change.
  func announce(
    _ tables: ObjectTables, bucket: ObjectTables.Bucket, key: String, size: Int64?, etag: String?,
    cause: ObjectChange.Cause
  ) throws {
    forget(ObjectAddress(bucket: bucket.name, key: key), tables.db)
    guard !hooks.isEmpty else { return }
    let configuration = try tables.document(.notification, of: bucket)
    let change = ObjectChange(
      cause, bucket: bucket.name, key: key, size: size, etag: etag,
      sequencer: configuration != nil || isNotified(bucket.name) ? try Self.sequencer(tables) : nil,
      notificationConfiguration: configuration)
    for hook in hooks { try hook(tables.db, change) }
  }

  private static func sequencer(_ tables: ObjectTables) throws -> String {
    let sequence = String(try tables.nextSequence(), radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 16 - sequence.utf8.count)) + sequence
  }

  /// Runs a transaction that takes over freshly published files; where it fails they are removed, unless it was committed
  /// after all. Blocks: publishing and committing are one job of one thread, as handing a small object from thread to
  /// thread costs more than storing it.
  func adopt<Value>(_ fresh: [StoredFile], _ body: (_ tables: ObjectTables) throws -> Adoption<Value>) throws -> Value {
    do {
      let result = try database.writeBlocking { db in try body(ObjectTables(db)) }
      remove(result.replaced)
      return result.value
    } catch {
      // Without an answer the files stay for the next start to decide.
      if !fresh.isEmpty, let referenced = try? database.readBlocking({ db in try ObjectTables(db).referencedFiles() }) {
        remove(fresh.filter { referenced[$0.name] == nil })
      }
      throw error
    }
  }

  /// Removes files that nothing refers to any more. Blocks.
  package func remove(_ names: [StoredFile]) {
    files.remove(names.map(\.name))
  }
}

/// What a transaction gives back: its result, and the files which nothing refers to after it.
struct Adoption<Value> {
  var value: Value
  var replaced: [StoredFile]
}
