import Core
import S3Protocol
import Logging
import ObjectStore

/// Removes what older versions of a source left: pictures the new manifest does not name, their records, and their
/// storyboard where no new one follows.
struct Cleaning {
  let store: JobStore
  let logger: Logger

  /// Called when `manifest` stands. What is listed *before* the source is seen unchanged cannot belong to a newer
  /// version, so only that is removed.
  func removeLeftOvers(of job: Job, keeping manifest: Manifest) async throws {
    var wanted: Set<String> = []
    for clip in manifest.clips where clip.status == .complete {
      wanted.insert(job.names.gif(start: clip.start))
      for number in 1...max(1, clip.frames) { wanted.insert(job.names.still(start: clip.start, number: number)) }
    }
    let awaitsStoryboard = manifest.awaitsStoryboard(of: job)
    try await remove(of: job) { key in
      // Where one follows it may be in the making by now; its maker removes what it does not name.
      if job.names.isStoryboard(key) { return !awaitsStoryboard }
      if job.names.isPicture(key) { return !wanted.contains(key) }
      return key.hasPrefix(job.names.recordsPrefix) && !key.hasPrefix(job.names.recordsPrefix(of: job.version))
    }
  }

  private func remove(of job: Job, where isLeftOver: (String) -> Bool) async throws {
    let leftOvers = try await store.objects.listAll(bucket: job.buckets.output, prefix: job.names.prefix)
      .map(\.key).filter(isLeftOver)
    guard !leftOvers.isEmpty else { return }
    do {
      try await store.requireCurrent(job)
    } catch is Superseded {
      return  // the newer version's end clears everything
    }
    try await store.objects.delete(leftOvers, in: job.buckets.output)
    logger.info("removed left-overs", metadata: ["key": "\(job.source.key)", "objects": "\(leftOvers.count)"])
  }
}

extension Completion {
  /// What a worker does that finds itself late: if the newer version has its manifest already, its cleaning may have
  /// passed before this worker wrote its last picture, so the worker clears its own clip.
  package func retreat(_ job: Job, start: Int, stills: Int) async throws {
    guard let current = try await store.manifest(of: job.names, in: job.buckets.output)?.manifest,
      let source = try await store.source(job.source.key, in: job.buckets.source),
      current.version == SourceVersion(of: source, settings: job.settings).description
    else { return }
    let kept = current.clips.first { $0.start == start && $0.status == .complete }
    var mine = kept == nil ? [job.names.gif(start: start)] : []
    let firstStill = (kept?.frames ?? 0) + 1
    if firstStill <= stills { mine += (firstStill...stills).map { job.names.still(start: start, number: $0) } }
    mine.append(job.names.record(of: job.version, start: start))
    try await store.objects.delete(mine, in: job.buckets.output)
  }
}
