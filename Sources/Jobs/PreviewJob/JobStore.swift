package import ObjectStore
import Core
package import S3Protocol

/// A job's documents in the store: records, plan, manifest. One way to read and to write each.
package struct JobStore: Sendable {
  /// What stands at a manifest's key.
  package struct StoredManifest: Sendable {
    /// `nil` where it does not read as a manifest.
    package let manifest: Manifest?
    package let etag: ETag
  }

  package let objects: any ObjectStore

  package init(objects: any ObjectStore) {
    self.objects = objects
  }

  /// The source as it is now; `nil` where it does not exist.
  package func source(_ key: String, in bucket: String) async throws -> ObjectInfo? {
    try await absentAsNil { try await objects.head(key, in: bucket) }
  }

  /// - Throws: `Superseded` where the source is no longer the content the job is about.
  package func requireCurrent(_ job: Job) async throws {
    let now = try await source(job.source.key, in: job.buckets.source)
    guard let now, SourceVersion(of: now, settings: job.settings) == job.version else {
      throw Superseded(key: job.source.key)
    }
  }

  /// What stands at the manifest's key: `nil` where nothing does.
  package func manifest(of names: OutputNames, in bucket: String) async throws -> StoredManifest? {
    try await document(names.manifest, in: bucket).map { StoredManifest(manifest: $0.value, etag: $0.etag) }
  }

  package func record(_ job: Job, start: Int) async throws -> ClipRecord? {
    try await document(job.names.record(of: job.version, start: start), in: job.buckets.output)?.value
  }

  package func plan(_ job: Job) async throws -> VideoPlan? {
    try await plan(at: job.names.plan(of: job.version), in: job.buckets.output)
  }

  package func plan(at key: String, in bucket: String) async throws -> VideoPlan? {
    try await document(key, in: bucket)?.value
  }

  package func put(_ record: ClipRecord, of job: Job) async throws {
    _ = try await write(record, as: job.names.record(of: job.version, start: record.start), in: job.buckets.output)
  }

  package func put(_ plan: VideoPlan, of job: Job) async throws {
    _ = try await write(plan, as: job.names.plan(of: job.version), in: job.buckets.output)
  }

  package func put(_ index: ClipIndex, of job: Job) async throws {
    var options = PutOptions()
    options.contentType = "application/octet-stream"
    options.cacheControl = "no-cache"
    let key = job.names.index(of: job.version)
    _ = try await objects.put(index.bytes, as: key, in: job.buckets.output, options: options)
  }

  /// The bytes at that part of the job's index; `nil` where there are none.
  package func clipHeader(_ part: ClipIndex.Part, of job: Job) async throws -> [UInt8]? {
    let key = job.names.index(of: job.version)
    do {
      return try await absentAsNil {
        try await objects.get(key, in: job.buckets.output, range: part.range, ifMatch: nil)
      }?.bytes
    } catch let error as ObjectStoreError where error.code == "InvalidRange" {
      return nil
    }
  }

  /// Writes the manifest only over what was read before.
  ///
  /// - Parameter replacing: The ETag of the manifest that was read, `nil` where there was none.
  /// - Returns: `false` where somebody else wrote one in between.
  package func put(_ manifest: Manifest, of job: Job, replacing etag: ETag?) async throws -> Bool {
    do {
      _ = try await write(
        manifest, as: job.names.manifest, in: job.buckets.output, ifMatch: etag, ifNoneMatch: etag == nil)
      return true
    } catch let error as ObjectStoreError where error.isPreconditionFailure {
      return false
    }
  }

  private func document<Value: Decodable>(
    _ key: String, in bucket: String
  ) async throws -> (value: Value?, etag: ETag)? {
    guard let found = try await absentAsNil({ try await objects.get(key, in: bucket, range: nil, ifMatch: nil) }) else {
      return nil
    }
    // A document that does not read as ours (put there by somebody else, or by another release) counts as absent.
    return (try? JSON.decode(Value.self, from: found.bytes), found.info.etag)
  }

  private func write(
    _ value: some Encodable, as key: String, in bucket: String, ifMatch: ETag? = nil, ifNoneMatch: Bool = false
  ) async throws -> ETag {
    var options = PutOptions()
    options.contentType = "application/json"
    options.cacheControl = "no-cache"
    options.ifMatch = ifMatch
    options.ifNoneMatch = ifNoneMatch
    return try await objects.put(JSON.encode(value), as: key, in: bucket, options: options)
  }

  private func absentAsNil<Value>(_ read: () async throws -> Value) async throws -> Value? {
    do {
      return try await read()
    } catch let error as ObjectStoreError
      where error.code == "NoSuchKey" || error.httpStatus == 404 && error.code != "NoSuchBucket"
    {
      return nil
    }
  }
}

extension ObjectStoreError {
  /// A conditional request met another state: 412, or 404 for `If-Match` on an object that has gone.
  var isPreconditionFailure: Bool { httpStatus == 412 || code == "PreconditionFailed" || code == "NoSuchKey" }
}
