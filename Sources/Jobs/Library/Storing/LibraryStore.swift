package import Core
import FoundationEssentials
package import MediaJobs
package import ObjectStore
import S3Protocol

/// The buckets of the library.
package struct LibraryBuckets: Sendable {
  package var library: String
  package var cache: String

  package init(library: String, cache: String) {
    self.library = library
    self.cache = cache
  }

  package init(environment: inout EnvironmentReader) {
    self.init(
      library: environment.string("LibraryBucketName"), cache: environment.string("CacheBucketName"))
  }
}

/// Records of files and the index of each library, with what belongs together changed together.
package struct LibraryStore: Sendable {
  package let documents: DocumentStore
  package let buckets: LibraryBuckets
  package let clock: WallClock
  let knownPages = KnownPages()

  /// How often a document may change while it is changed here before this is given up for a later try.
  static let maximumRounds = 32

  /// The document kept changing; another try helps.
  package struct Contended: ClassifiedError {
    package let key: String
    package var code: String { "LibraryContended" }
    package var message: String { "'\(key)' kept changing while it was written" }
    package var isRetryable: Bool { true }
  }

  package init(objects: any ObjectStore, buckets: LibraryBuckets, clock: WallClock = .system) {
    documents = DocumentStore(objects: objects)
    self.buckets = buckets
    self.clock = clock
  }

  package var objects: any ObjectStore { documents.objects }
  package var now: String { clock.now().iso8601(milliseconds: true) }

  /// nil if there is no such file.
  package func record(of file: FileIdentity) async throws -> FileRecord? {
    try await documents.read(FileRecord.self, at: file.recordKey, in: buckets.library)?.value
  }

  /// Writes a new file's record and lists the file.
  ///
  /// - Returns: false if there is a file of that identity already.
  package func create(_ record: FileRecord) async throws -> Bool {
    let etag = try await documents.write(record, at: record.identity.recordKey, in: buckets.library, if: .absent)
    guard etag != nil else { return false }
    try await list(record)
    return true
  }

  /// Changes a record by a conditional write, as often as it takes, and the index with it where lists show the change.
  ///
  /// - Parameter change: false leaves the record as it is. May be called several times.
  /// - Returns: the record as it stands afterwards, and whether this call changed it; nil if there is none.
  @discardableResult
  package func update(
    _ file: FileIdentity, _ change: (inout FileRecord) throws -> Bool
  ) async throws -> (record: FileRecord, changed: Bool)? {
    for round in 0..<Self.maximumRounds {
      guard let stored = try await documents.read(FileRecord.self, at: file.recordKey, in: buckets.library),
        var record = stored.value
      else { return nil }
      let before = IndexEntry(record)
      guard try change(&record) else { return (record, false) }
      record.updatedAt = now
      if try await documents.write(record, at: file.recordKey, in: buckets.library, if: .unchanged(stored.etag)) != nil
      {
        if IndexEntry(record) != before { try await list(record) }
        return (record, true)
      }
      try await pause(round)
    }
    throw Contended(key: file.recordKey)
  }

  /// The same for a version: a record that has gone on is left alone.
  ///
  /// - Returns: whether it was changed.
  @discardableResult
  package func update(
    _ file: FileIdentity, version: Int, _ change: (inout FileRecord) throws -> Void
  ) async throws -> Bool {
    try await update(file) { record in
      guard record.version == version else { return false }
      try change(&record)
      return true
    }?.changed ?? false
  }

  /// Removes a file and all that was made of it: record first, so that no work on it begins any more.
  ///
  /// - Returns: false if there was none.
  package func remove(_ file: FileIdentity) async throws -> Bool {
    guard let record = try await record(of: file) else { return false }
    for derived in record.derivedFileIds ?? [] {
      _ = try await remove(FileIdentity(libraryID: file.libraryID, fileID: derived))
    }
    try await objects.delete(file.recordKey, in: buckets.library)
    try await unlist(record)
    try await forgetHash(of: record)
    for prefix in [file.originalPrefix, file.derivedPrefix] {
      try await removeAll(below: prefix, in: buckets.library)
    }
    try await removeAll(below: file.cachePrefix, in: buckets.cache)
    if let source = record.sourceFileId {
      try await update(FileIdentity(libraryID: file.libraryID, fileID: source)) { source in
        let others = (source.derivedFileIds ?? []).filter { $0 != file.fileID }
        guard others.count < source.derivedFileIds?.count ?? 0 || source.thumbnailFileId == file.fileID else {
          return false
        }
        source.derivedFileIds = others.isEmpty ? nil : others
        if source.thumbnailFileId == file.fileID { source.thumbnailFileId = nil }
        return true
      }
    }
    return true
  }

  /// Adds a file that was made of another one, and names it there.
  ///
  /// - Returns: false if the source has gone or has another version by now; then nothing is left of it.
  package func addDerived(
    _ record: FileRecord, of source: FileIdentity, version: Int, _ change: (inout FileRecord) -> Void = { _ in }
  ) async throws -> Bool {
    var record = record
    record.sourceFileId = source.fileID
    guard try await create(record) else { return true }
    let isNamed = try await update(source, version: version) { source in
      source.derivedFileIds = (source.derivedFileIds ?? []) + [record.id]
      change(&source)
    }
    if !isNamed { _ = try await remove(record.identity) }
    return isNamed
  }

  /// Deletes every object below a prefix, a page at a time.
  package func removeAll(below prefix: String, in bucket: String) async throws {
    while true {
      let page = try await objects.list(bucket: bucket, prefix: prefix, startAfter: nil, delimiter: nil, limit: 1000)
      guard !page.objects.isEmpty else { return }
      try await objects.delete(page.objects.map(\.key), in: bucket)
    }
  }

  /// A moment of its own length before another try, so that writers do not keep step.
  func pause(_ round: Int) async throws {
    try await Task.sleep(for: .milliseconds(Int.random(in: 1...(4 << min(round, 6)))))
  }
}
