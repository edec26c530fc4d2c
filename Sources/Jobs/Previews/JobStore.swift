package import MediaJobs
package import ObjectStore
package import S3Protocol

/// A preview job's documents in the store: records, plan, manifest.
package struct JobStore: Sendable {
  package typealias StoredManifest = DocumentStore.Stored<Manifest>

  package let documents: DocumentStore
  /// Records read at the same time.
  private static let readers = 16

  package var objects: any ObjectStore { documents.objects }

  package init(objects: any ObjectStore) {
    documents = DocumentStore(objects: objects)
  }

  /// The source as it is now; `nil` if it does not exist.
  package func source(_ key: String, in bucket: String) async throws -> ObjectInfo? {
    try await documents.head(key, in: bucket)
  }

  /// - Throws: `Superseded` if the source is no longer the content that the job is about.
  package func requireCurrent(_ job: Job) async throws {
    let now = try await source(job.source.key, in: job.buckets.source)
    guard let now, SourceVersion(of: now, settings: job.settings.fingerprint) == job.version else {
      throw Superseded(key: job.source.key)
    }
  }

  /// As `requireCurrent`, and the content has not been uploaded again since the job read it either.
  ///
  /// What was listed of *other* versions is theirs again if one of them was put back in between, and then this one.
  package func requireSameUpload(_ job: Job) async throws {
    let now = try await source(job.source.key, in: job.buckets.source)
    guard let now, SourceVersion(of: now, settings: job.settings.fingerprint) == job.version,
      now.lastModified == job.source.lastModified
    else { throw Superseded(key: job.source.key) }
  }

  /// Writes the job's outputs so that an older version never overwrites a newer one.
  package func writer(of job: Job) -> OutputWriter {
    OutputWriter(objects: objects, bucket: job.buckets.output) { try await requireCurrent(job) }
  }

  /// What the manifest's key holds; `nil` if it holds nothing.
  package func manifest(of names: OutputKeys, in bucket: String) async throws -> StoredManifest? {
    try await documents.read(at: names.manifest, in: bucket)
  }

  package func record(_ job: Job, start: Int) async throws -> ClipRecord? {
    try await documents.read(at: job.names.record(of: job.version, start: start), in: job.buckets.output)?.value
  }

  /// The records of a job whose clips are those of its plan.
  func records(of job: Job, clips: Int) -> RecordTree<ClipRecord> {
    let size = job.settings.snippetSize
    return RecordTree(
      documents: documents, bucket: job.buckets.output, count: clips, prefix: job.names.recordsPrefix(of: job.version)
    ) { job.names.record(of: job.version, start: $0 * size) }
  }

  func recordStarts(of job: Job) async throws -> [Int] {
    try await objects.listAll(bucket: job.buckets.output, prefix: job.names.recordsPrefix(of: job.version))
      .compactMap { job.names.recordStart($0.key, of: job.version) }
  }

  /// Those of the clips that begin at `starts`, in order; without those that are gone.
  func records(of job: Job, at starts: [Int]) async throws -> [ClipRecord] {
    try await withThrowingTaskGroup(of: ClipRecord?.self) { group in
      var records: [ClipRecord] = []
      var waiting = starts.makeIterator()
      for _ in 0..<Self.readers {
        guard let start = waiting.next() else { break }
        group.addTask { try await record(job, start: start) }
      }
      while let found = try await group.next() {
        if let found { records.append(found) }
        if let start = waiting.next() { group.addTask { try await record(job, start: start) } }
      }
      return records.sorted { $0.start < $1.start }
    }
  }

  package func plan(_ job: Job) async throws -> VideoPlan? {
    try await plan(at: job.names.plan(of: job.version), in: job.buckets.output)
  }

  package func plan(at key: String, in bucket: String) async throws -> VideoPlan? {
    try await documents.read(at: key, in: bucket)?.value
  }

  /// Removes everything of a version that has been replaced or deleted: its prefix is its own.
  package func discard(_ place: PreviewAddress.Place) async throws {
    while true {
      let page = try await objects.list(
        bucket: place.bucket, prefix: place.prefix, startAfter: nil, delimiter: nil, limit: 1000)
      guard !page.objects.isEmpty else { return }
      try await objects.delete(page.objects.map(\.key), in: place.bucket)
    }
  }

  package func put(_ record: ClipRecord, of job: Job) async throws {
    try await documents.write(
      record, at: job.names.record(of: job.version, start: record.start), in: job.buckets.output)
  }

  package func put(_ plan: VideoPlan, of job: Job) async throws {
    try await documents.write(plan, at: job.names.plan(of: job.version), in: job.buckets.output)
  }

  package func put(_ index: ClipIndex, of job: Job) async throws {
    try await documents.write(
      bytes: index.bytes, at: job.names.index(of: job.version), in: job.buckets.output,
      contentType: "application/octet-stream")
  }

  /// The bytes at that part of the job's index; `nil` if there are none.
  package func clipHeader(_ part: ClipIndex.Part, of job: Job) async throws -> [UInt8]? {
    try await documents.bytes(at: job.names.index(of: job.version), in: job.buckets.output, range: part.range)
  }

  /// Writes the manifest only over what was read before.
  ///
  /// - Parameter etag: of the manifest that was read, `nil` if there was none.
  /// - Returns: its ETag; `nil` if another worker wrote one in between.
  package func put(_ manifest: Manifest, of job: Job, replacing etag: ETag?) async throws -> ETag? {
    try await documents.write(
      manifest, at: job.names.manifest, in: job.buckets.output, if: .replacing(etag))
  }
}

extension DocumentStore.Stored<Manifest> {
  /// `nil` if the object does not read as a manifest.
  package var manifest: Manifest? { value }
}
