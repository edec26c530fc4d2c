package import Logging
import ObjectStore
import MediaJobs
import Core
import S3Protocol

/// Removes what older versions of a source left of their storyboards.
package struct StoryboardCleanup: Sendable {
  private let store: JobStore
  private let logger: Logger

  package init(store: JobStore, logger: Logger) {
    self.store = store
    self.logger = logger
  }

  /// Removes what the present manifest does not name; nothing where that waits for its storyboard, whose maker is going
  /// to call this.
  ///
  /// What is listed before the manifest is read and the source seen unchanged cannot belong to a newer version.
  package func removeLeftOvers(of job: Job) async throws {
    let listed = try await store.objects.listAll(bucket: job.buckets.output, prefix: job.names.storyboardPrefix)
      .map(\.key).filter(job.names.isStoryboard)
    guard !listed.isEmpty, let manifest = try await store.manifest(of: job.names, in: job.buckets.output)?.manifest,
      manifest.describes(job), !manifest.awaitsStoryboard(of: job)
    else { return }
    let wanted = Set(manifest.storyboard?.objects.map(\.key) ?? [])
    let leftOvers = listed.filter { !wanted.contains($0) }
    guard !leftOvers.isEmpty else { return }
    do {
      try await store.requireSameUpload(job)
    } catch is Superseded {
      return  // the newer version's end clears everything
    }
    try await store.objects.delete(leftOvers, in: job.buckets.output)
    logger.info(
      "removed left-overs of storyboards", metadata: ["key": "\(job.source.key)", "objects": "\(leftOvers.count)"])
  }
}

extension Manifest {
  /// Whether it is about these bytes rendered with these settings, in whichever run.
  package func describes(_ job: Job) -> Bool { source.etag == job.version.etag && settings == job.version.settings }

  /// Whether a storyboard is to be added.
  package func awaitsStoryboard(of job: Job) -> Bool {
    status == .complete && storyboard == nil && job.settings.storyboard != nil && frames > 0
  }
}
