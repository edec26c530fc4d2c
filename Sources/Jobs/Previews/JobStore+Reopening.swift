import ObjectStore
import S3Protocol

extension JobStore {
  /// Takes a finished job's records and manifest away where another version of its source has begun since and did not
  /// end: pictures of that one may stand in the places of the job's own, which is therefore to be done again.
  ///
  /// The records first: a run that was cut off in between finds the manifest, and begins here again.
  /// - Returns: whether there was such a version.
  /// - Throws: `ObjectStoreError`.
  package func reopen(_ manifest: Manifest, of job: Job) async throws -> Bool {
    let bucket = job.buckets.output
    let own = [job.names.recordsPrefix(of: job.version), "\(job.names.recordsPrefix)\(manifest.version)/"]
    let listed = try await objects.listAll(bucket: bucket, prefix: job.names.recordsPrefix).map(\.key)
    let kept = listed.filter { key in own.contains { key.hasPrefix($0) } }
    if kept.count == listed.count { return false }
    try await objects.delete(kept, in: bucket)
    try await objects.delete(job.names.manifest, in: bucket)
    return true
  }
}
