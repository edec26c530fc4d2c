import AudioJobs
import Core
import FoundationEssentials
import MediaJobs
import ObjectCache
import ObjectStore
import S3Protocol

extension TranscodeJobs {
  /// Nothing was written for a job for so long: what is under way writes every second or two.
  package static let silence = Duration.seconds(10)

  /// Sets jobs going again whose work was lost with its queue, as that of a host that was killed; where the queue still
  /// holds their work, the announcement is a repetition that it drops. Parts that were finished are not made again.
  ///
  /// - Parameter silence: how long nothing is written for a job whose work was lost.
  /// - Returns: how many jobs were announced.
  /// - Throws: errors of the store.
  package func resumeLost(after silence: Duration = silence) async throws -> Int {
    let before = try await underWay()
    guard !before.isEmpty else { return 0 }
    try await Task.sleep(for: silence)
    var count = 0
    for (job, newest) in try await underWay() where before[job] == newest {
      guard let document = try await folder(job).document(), !document.status.isFinal, isCurrent(document) else {
        continue
      }
      guard try await services.documents.head(job.sourceKey, in: bucket) != nil else {
        // The upload was cut off with the host that received it.
        _ = try await ending.fail(
          job, code: "Interrupted", "interrupted: the host ended before it had the whole file; post it again")
        continue
      }
      try await announce(job)
      count += 1
    }
    return count
  }

  /// Jobs that have not ended, each with the ETags of what was written for it.
  private func underWay() async throws -> [TranscodeJob: [String]] {
    var jobs: [TranscodeJob: [String]] = [:]
    for root in [TranscodeJob.waitingRoot, TranscodeJob.runningRoot] {
      for object in try await objects.listAll(bucket: bucket, prefix: root) {
        guard let job = TranscodeJob(id: String(object.key.dropFirst(root.count))), jobs[job] == nil else { continue }
        jobs[job] = try await objects.listAll(bucket: bucket, prefix: job.prefix).map { "\($0.key) \($0.etag)" }
      }
    }
    return jobs
  }

  /// Deletes jobs whose time has passed, and results that are too many.
  ///
  /// - Returns: how many jobs were deleted.
  /// - Throws: errors of the store; what was deleted until then is deleted.
  package func sweep() async throws -> Int {
    var jobs: [String: (keys: [String], newest: Date)] = [:]
    for object in try await objects.listAll(bucket: bucket, prefix: TranscodeJob.root) {
      let id = String(object.key.dropFirst(TranscodeJob.root.count).prefix { $0 != "/" })
      var job = jobs[id] ?? ([], .distantPast)
      job.keys.append(object.key)
      job.newest = max(job.newest, object.lastModified)
      jobs[id] = job
    }
    // What is under way writes something every second, so that its newest object is young.
    let limit = services.clock.now().addingTimeInterval(-(settings.jobLife / .seconds(1)))
    let old = jobs.filter { $0.value.newest < limit }
    var keys = old.values.flatMap(\.keys)
    for root in [TranscodePlaces.current, SentUploads.root, TranscodeJob.waitingRoot, TranscodeJob.runningRoot] {
      keys += try await objects.listAll(bucket: bucket, prefix: root).filter { $0.lastModified < limit }.map(\.key)
    }
    if !keys.isEmpty { try await objects.delete(keys, in: bucket) }
    try await removeLeftovers(of: jobs.filter { old[$0.key] == nil }.mapValues(\.keys))
    try await cache.sweep()
    try await reportCounts()
    return old.count
  }

  /// Removes the data of jobs that have ended, which were written by functions that were killed right after it.
  private func removeLeftovers(of jobs: [String: [String]]) async throws {
    for (id, keys) in jobs {
      guard let job = TranscodeJob(id: id), keys.contains(where: { $0.hasPrefix(job.dataPrefix) }) else { continue }
      try await ending.removeIfEnded(job)
    }
  }
}
