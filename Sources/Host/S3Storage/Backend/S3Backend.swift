package import Checksums
package import FoundationEssentials
package import S3Protocol

/// Where an S3-compatible server keeps its buckets and objects: one method per thing that can happen to them.
///
/// Names, keys and inputs were validated by the caller. Everything thrown is an `S3Error`, or a `ClassifiedError` that
/// the server reports as `InternalError`. What a method has returned is durable, and visible to every later call: a
/// reader sees the old object or the new one, never a mixture.
package protocol S3Backend: Sendable {
  // MARK: Buckets

  /// All buckets, by name.
  func buckets() async throws -> [BucketRecord]

  /// - Throws: `NoSuchBucket`.
  func bucket(_ name: String) async throws -> BucketRecord

  /// Returns false where the bucket is there already, which is not an error.
  func createBucket(_ name: String, at time: Date) async throws -> Bool

  /// - Throws: `NoSuchBucket`; `BucketNotEmpty` while it holds objects. Unfinished uploads go with it.
  func deleteBucket(_ name: String) async throws

  /// A configuration document of the bucket, as it was stored.
  ///
  /// - Throws: `NoSuchBucket`.
  func document(_ kind: BucketDocument, of bucket: String) async throws -> [UInt8]?

  /// Stores the document; nil removes it.
  ///
  /// - Throws: `NoSuchBucket`.
  func setDocument(_ kind: BucketDocument, of bucket: String, to document: [UInt8]?) async throws

  /// The rules by which objects of the bucket expire; asked for with every read, so it should be at hand.
  ///
  /// - Throws: `NoSuchBucket`.
  func lifecycle(of bucket: String) async throws -> LifecycleConfiguration?

  // MARK: Objects

  /// - Throws: `NoSuchBucket`.
  func list(_ query: ListingQuery, in bucket: String) async throws -> ListingPage<ObjectSummary>

  /// The object as it is now, ready to be read: later changes do not reach an open object.
  ///
  /// - Parameter expecting: the bytes that will be read first, where that is known; a backend may read some of them at
  ///   once. Called once, on any thread.
  /// - Throws: `NoSuchBucket`, `NoSuchKey`.
  func open(
    _ address: ObjectAddress, expecting: @escaping @Sendable (_ record: ObjectRecord) -> Range<Int64>?
  ) async throws -> any OpenObject

  /// What was read lately and is in memory; nil: nothing.
  var objectMemory: (any ObjectMemory)? { get }

  /// Begins to watch an object for its next change; nil where the backend cannot, or too many watch.
  func watch(_ address: ObjectAddress) -> (any ObjectWatch)?

  /// Refuses what a `put` with these conditions would refuse now, before its body is read.
  ///
  /// - Throws: `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`.
  func admitWrite(to address: ObjectAddress, if conditions: Preconditions) async throws

  /// Stores the body as the object, provided that the body verifies and the conditions hold when it is committed.
  ///
  /// - Throws: `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`, what `UploadBody` throws.
  func put(_ write: ObjectWrite, body: UploadBody) async throws -> ObjectRecord

  /// Makes an object of a file that the host holds, without copying it. Lets go of the file if this fails, and otherwise when
  /// the object's bytes are removed.
  ///
  /// - Throws: `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`; `NotImplemented` if the file cannot be taken over.
  func adopt(_ file: HeldFile, as write: ObjectWrite) async throws -> ObjectRecord

  /// Copies an object onto `write.address`, which may be the same.
  ///
  /// - Parameter checksum: of the copy; nil is the source's, or else CRC64NVME.
  /// - Throws: `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`.
  func copy(
    _ source: any OpenObject, as write: ObjectWrite, checksum: ChecksumAlgorithm?
  ) async throws -> ObjectRecord

  /// Removes objects; that one is not there already is not an error.
  ///
  /// - Returns: one result per deletion, in the order given; nil where the key is gone.
  /// - Throws: `NoSuchBucket`.
  func delete(_ deletions: [ObjectDeletion], in bucket: String, cause: ObjectChange.Cause) async throws -> [S3Error?]

  /// Replaces the object's tags.
  ///
  /// - Throws: `NoSuchBucket`, `NoSuchKey`.
  func setTags(_ tags: [String: String], of address: ObjectAddress) async throws

  // MARK: Multipart uploads

  /// - Throws: `NoSuchBucket`.
  func createUpload(_ upload: UploadCreation) async throws -> String

  /// - Throws: `NoSuchUpload`.
  func upload(_ id: String, of address: ObjectAddress) async throws -> UploadRecord

  /// Stores a part, replacing the one of that number.
  ///
  /// - Throws: `NoSuchUpload`, what `UploadBody` throws.
  func putPart(_ number: Int, of upload: UploadRecord, at time: Date, body: UploadBody) async throws -> PartRecord

  /// Stores a range of an object as a part.
  ///
  /// - Parameter range: within the object; nil is all of it.
  /// - Throws: `NoSuchUpload`.
  func copyPart(
    _ number: Int, of upload: UploadRecord, at time: Date, from source: any OpenObject, range: Range<Int64>?
  ) async throws -> PartRecord

  /// Parts with a number greater than `after`, ascending, at most `limit`.
  ///
  /// - Throws: `NoSuchUpload`.
  func parts(of upload: UploadRecord, after: Int, limit: Int) async throws -> (parts: [PartRecord], isTruncated: Bool)

  /// Makes the parts chosen by `assemble` the object. `assemble` sees all stored parts, by number, in the transaction
  /// that commits the object; other parts are dropped.
  ///
  /// - Throws: `NoSuchUpload`, `PreconditionFailed`, what `assemble` throws.
  func completeUpload(
    _ upload: UploadRecord, if conditions: Preconditions, cause: ObjectChange.Cause,
    assemble: @escaping @Sendable (_ stored: [PartRecord]) throws -> Assembly
  ) async throws -> ObjectRecord

  /// - Throws: `NoSuchUpload`.
  func abortUpload(_ id: String, of address: ObjectAddress) async throws

  /// Unfinished uploads, ordered by key and time of creation.
  ///
  /// - Throws: `NoSuchBucket`.
  func uploads(_ query: UploadQuery, in bucket: String) async throws -> (uploads: [UploadRecord], isTruncated: Bool)
}

extension S3Backend {
  package func open(_ address: ObjectAddress) async throws -> any OpenObject {
    try await open(address, expecting: { _ in nil })
  }

  package var objectMemory: (any ObjectMemory)? { nil }

  package func watch(_ address: ObjectAddress) -> (any ObjectWatch)? { nil }

  package func lifecycle(of bucket: String) async throws -> LifecycleConfiguration? {
    try await document(.lifecycle, of: bucket).map { try LifecycleConfiguration.decode($0) }
  }
}

/// Notices the first change of an object since the watch began.
package protocol ObjectWatch: Sendable {
  /// Waits until the object has changed, at most `timeout`; less where the task is cancelled or the server is to end.
  func change(within timeout: Duration) async
}

/// Small objects in memory, which are what a read of the store would find.
package protocol ObjectMemory: Sendable {
  func find(_ address: ObjectAddress) -> (record: ObjectRecord, bytes: ReadBlock)?
  /// To be called before the store is read; `keep` takes what it returns.
  func beginRead() -> UInt64
  /// Keeps all bytes of an object, if it is small and nothing has changed since.
  func keep(_ record: ObjectRecord, _ bytes: ReadBlock, since ticket: UInt64)
}

/// An object that is being read. Its bytes stay what they were when it was opened, whatever happens to the key.
package protocol OpenObject: Sendable {
  var record: ObjectRecord { get }

  /// Reads up to `count` bytes from `offset`; fewer than wanted only where a block ends, none only at the end.
  func read(at offset: Int64, count: Int) async throws -> ReadBlock
}
