import Core
import MediaJobs
import S3Protocol
import Synchronization
package import ObjectStore

/// How far a job is, as the output bucket shows it.
package struct PreviewProgress: Sendable, Equatable {
  package var clipsDone = 0
  package var stillsDone = 0
  /// 0 until the video has been cut.
  package var clips = 0
  package var stills = 0

  package init() {}
}

/// Follows a job by what appears in the output bucket, so that it works against any store.
package final class JobWatcher: Sendable {
  private let store: JobStore
  private let buckets: Job.Buckets
  private let names: OutputKeys
  private let source: ObjectInfo
  private let run: String?
  /// Of what stood at the manifest's key when it was looked at last.
  private let seen = Mutex<ETag?>(nil)

  package enum State: Sendable {
    /// Uploaded, not yet cut into clips.
    case waiting
    case running(PreviewProgress)
    case ended(Manifest)
    /// Another upload has taken the object's place, or it was deleted.
    case superseded
  }

  /// - Parameter source: The uploaded object whose job is to be followed.
  /// - Throws: `OutputKeys.InvalidKey`.
  package init(store: JobStore, buckets: Job.Buckets, source: ObjectInfo) throws(OutputKeys.InvalidKey) {
    self.store = store
    self.buckets = buckets
    self.source = source
    names = try OutputKeys(sourceKey: source.key)
    run = source.metadata[SourceVersion.runMetadata]
  }

  /// Whether the job has ended: one small request.
  package func ended() async throws -> Manifest? {
    let found = try await store.manifest(of: names, in: buckets.output)
    seen.withLock { $0 = found?.etag }
    return found?.manifest.flatMap { isOurs($0) ? $0 : nil }
  }

  /// Waits, at most `timeout`, until it is worth looking again; not at all where the store cannot tell when that is.
  package func awaitChange(atMost timeout: Duration) async throws {
    try await store.objects.awaitChange(
      of: names.manifest, in: buckets.output, from: seen.withLock { $0 }, atMost: timeout)
  }

  /// All there is to know: several requests, one of them a list of the job's outputs.
  package func state() async throws -> State {
    if let manifest = try await ended() { return .ended(manifest) }
    guard let now = try await store.source(source.key, in: buckets.source), now.etag == source.etag,
      now.metadata[SourceVersion.runMetadata] == run
    else { return .superseded }
    let listed = try await store.objects.listAll(bucket: buckets.output, prefix: names.prefix)
    let plans = listed.filter {
      $0.key.hasPrefix(names.recordsPrefix + source.etag.value) && $0.key.hasSuffix("/plan.json")
        && (run.map($0.key.contains) ?? true)
    }
    guard let newest = plans.max(by: { $0.lastModified < $1.lastModified }),
      let plan = try await store.plan(at: newest.key, in: buckets.output)
    else { return .waiting }
    let records = newest.key.dropLast("plan.json".count)
    var progress = PreviewProgress()
    progress.clips = plan.clips
    progress.stills = plan.stills
    for object in listed {
      if OutputKeys.isRecord(object.key, below: String(records)) { progress.clipsDone += 1 }
      // Stills of an older version count only once they have been replaced.
      if object.key.hasSuffix(".jpg"), names.isPicture(object.key), object.lastModified >= newest.lastModified {
        progress.stillsDone += 1
      }
    }
    progress.stillsDone = min(progress.stillsDone, progress.stills)
    return .running(progress)
  }

  private func isOurs(_ manifest: Manifest) -> Bool {
    guard manifest.source.etag == source.etag.value else { return false }
    // One that was given up before this upload is about to be replaced.
    if manifest.gaveUp == true, manifest.precedes(upload: source) { return false }
    return run.map { manifest.version.hasSuffix($0) } ?? true
  }
}
