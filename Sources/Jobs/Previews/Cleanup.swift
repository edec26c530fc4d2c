import Core
import Logging
import MediaJobs
import ObjectStore
import S3Protocol

/// Removes what older versions of a source left: outputs that the new manifest does not name, their records, and their
/// storyboard if no new one follows.
struct Cleanup {
  let store: JobStore
  let logger: Logger

  /// Called when `manifest` has been written. What was listed *before* the source is seen to be the same upload cannot belong
  /// to a newer one, so only that is removed.
  ///
  /// - Parameter pictures: the GIFs and stills that were listed.
  func removeLeftOvers(of job: Job, keeping manifest: Manifest, pictures: [ObjectSummary]) async throws {
    var wanted: Set<String> = []
    for clip in manifest.clips where clip.status == .complete {
      wanted.insert(job.names.gif(start: clip.start))
      for number in 1...max(1, clip.frames) { wanted.insert(job.names.still(start: clip.start, number: number)) }
    }
    var leftOvers = pictures.map(\.key).filter { !wanted.contains($0) }
    leftOvers += try await otherVersions(of: job)
    // If a storyboard follows, it may be in the making by now; its maker removes what it does not name.
    if !manifest.awaitsStoryboard(of: job) {
      leftOvers += try await store.objects.listAll(bucket: job.buckets.output, prefix: job.names.storyboardPrefix)
        .map(\.key).filter(job.names.isStoryboard)
    }
    try await remove(leftOvers, of: job)
  }

  /// Records of other versions. Those of the job's own version are passed over by the delimiter, not listed.
  private func otherVersions(of job: Job) async throws -> [String] {
    let (bucket, own) = (job.buckets.output, job.names.recordsPrefix(of: job.version))
    var keys: [String] = []
    var position: String?
    repeat {
      let page = try await store.objects.list(
        bucket: bucket, prefix: job.names.recordsPrefix, startAfter: position, delimiter: "/", limit: 1000)
      keys += page.objects.map(\.key)
      for prefix in page.commonPrefixes where prefix != own {
        keys += try await store.objects.listAll(bucket: bucket, prefix: prefix).map(\.key)
      }
      position = page.next
    } while position != nil
    return keys
  }

  private func remove(_ leftOvers: [String], of job: Job) async throws {
    guard !leftOvers.isEmpty else { return }
    do {
      try await store.requireSameUpload(job)
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
  package func withdrawClip(_ job: Job, start: Int, stills: Int) async throws {
    if let place = job.address.place { return try await store.discard(place) }
    let stored = try await store.manifest(of: job.names, in: job.buckets.output)
    let source = try await store.source(job.source.key, in: job.buckets.source)
    // The video is gone with its previews.
    if source == nil, stored == nil {
      let stills = stills < 1 ? [] : (1...stills).map { job.names.still(start: start, number: $0) }
      return try await store.objects.delete(
        stills + [job.names.gif(start: start), job.names.record(of: job.version, start: start)], in: job.buckets.output)
    }
    guard let current = stored?.manifest, let source,
      current.version == SourceVersion(of: source, settings: job.settings.fingerprint).description
    else { return }
    // The job's own version is back: what this worker wrote is what that one names.
    if current.version == job.version.description { return }
    let kept = current.clips.first { $0.start == start && $0.status == .complete }
    var mine = kept == nil ? [job.names.gif(start: start)] : []
    let firstStill = (kept?.frames ?? 0) + 1
    if firstStill <= stills { mine += (firstStill...stills).map { job.names.still(start: start, number: $0) } }
    mine.append(job.names.record(of: job.version, start: start))
    mine.append(job.names.strip(version: job.version.description, start: start))
    try await store.objects.delete(mine, in: job.buckets.output)
  }
}
