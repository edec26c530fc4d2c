import AudioJobs
import Core
import FoundationEssentials
import MediaJobs
import ObjectCache
import ObjectStore
import S3Protocol

extension TranscodeJobs {
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
    for root in [TranscodePlaces.current, TranscodeJob.waitingRoot, TranscodeJob.runningRoot] {
      keys += try await objects.listAll(bucket: bucket, prefix: root).filter { $0.lastModified < limit }.map(\.key)
    }
    if !keys.isEmpty { try await objects.delete(keys, in: bucket) }
    try await cache.sweep()
    try await reportCounts()
    return old.count
  }
}
