package import Core
import EventBus
package import MediaJobs
import ObjectStore

/// Ends jobs of the transcoder, each once: the job's document changes, its end is announced, its source and parts go.
package struct TranscodeEnding: Sendable {
  private let services: JobServices
  private let bucket: String

  package init(services: JobServices, bucket: String) {
    self.services = services
    self.bucket = bucket
  }

  /// - Returns: whether this call ended the job.
  /// - Throws: what another try may mend.
  package func fail(_ job: TranscodeJob, code: String, _ message: String) async throws -> Bool {
    try await end(job, .failed) { $0.error = JobDocument.Failure(code: code, message: message) }
  }

  /// - Parameter result: for the job's document.
  /// - Returns: whether this call ended the job.
  /// - Throws: what another try may mend.
  package func finish(_ job: TranscodeJob, result: JSONValue) async throws -> Bool {
    try await end(job, .ready) { $0.result = result }
  }

  /// - Returns: whether this call ended the job.
  /// - Throws: errors of the store.
  @discardableResult
  package func cancel(_ job: TranscodeJob) async throws -> Bool {
    try await end(job, .cancelled) { _ in }
  }

  private func end(
    _ job: TranscodeJob, _ status: JobStatus, _ change: (inout JobDocument) -> Void
  ) async throws -> Bool {
    let folder = job.folder(services.objects, bucket: bucket)
    let isFirst = try await folder.move(to: status, now: services.clock.now().millisecondsSince1970, change)
    // Also when another try has ended it: that one may have been cut off before this.
    let isUntold = if isFirst { true } else { try await isMarked(job) }
    if isUntold { try await announce(job) }
    try await removeData(of: job)
    return isFirst
  }

  /// Announces the end of a job that has ended. Told twice, the embedded bus takes it once.
  ///
  /// - Throws: errors of the store and the bus.
  package func announce(_ job: TranscodeJob) async throws {
    guard let document = try await job.folder(services.objects, bucket: bucket).document(),
      let entry = TranscodeAnnouncement.entry(job, document, bucket: bucket)
    else { return }
    try await services.publisher.publish([entry], idempotencyKey: "\(job.prefix)ended")
  }

  /// Whether the job is counted among those under way. The marks go after the announcement, so a job that has ended and has
  /// one may not have been announced.
  private func isMarked(_ job: TranscodeJob) async throws -> Bool {
    let documents = DocumentStore(objects: services.objects)
    for key in [job.waitingKey, job.runningKey] where try await documents.head(key, in: bucket) != nil { return true }
    return false
  }

  /// Removes what was written for a job although it had ended (`JobFolder.ifEnded`).
  ///
  /// - Returns: whether the job has ended, or is gone.
  /// - Throws: what another try may mend.
  @discardableResult
  package func removeIfEnded(_ job: TranscodeJob) async throws -> Bool {
    try await job.folder(services.objects, bucket: bucket).ifEnded {
      if try await isMarked(job) { try await announce(job) }
      try await removeData(of: job)
    }
  }

  private func removeData(of job: TranscodeJob) async throws {
    let keys = try await services.objects.listAll(bucket: bucket, prefix: job.dataPrefix).map(\.key)
    try await services.objects.delete(keys + [job.waitingKey, job.runningKey], in: bucket)
  }
}

/// Ends a job of the transcoder whose function gave up, so that no reader waits for a result that never comes.
package struct TranscodeFailures: FailureRecording {
  package let origins = TranscodeEvent.Kind.allCases.map {
    FailureOrigin.event(source: TranscodeEvent.source, detailType: $0.rawValue)
  }
  private let ending: TranscodeEnding

  /// - Parameter bucket: the cache bucket.
  package init(services: JobServices, bucket: String) {
    ending = TranscodeEnding(services: services, bucket: bucket)
  }

  package func record(_ failure: InvocationFailure, requestID: String) async throws -> Bool {
    guard let event = try? TranscodeEvent(json: failure.event) else { return false }
    _ = try await ending.fail(event.job, code: failure.isInterruption ? "Interrupted" : "GaveUp", failure.reason)
    return true
  }
}
