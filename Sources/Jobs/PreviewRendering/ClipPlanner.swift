import Clips
import MediaTypes
import ObjectStore
import S3Protocol
package import EventBus
import Logging
package import MediaJobs
package import Previews
import Core

/// Cuts an uploaded video into clips: probes it, writes the plan and the clips' headers, and announces one
/// `newVideoCreated` event per clip.
///
/// Throws what is worth another try. What never will work is recorded as a failed manifest instead.
package struct ClipPlanner: Sendable {
  private let services: PreviewServices

  package init(services: PreviewServices) {
    self.services = services
  }

  package enum Status: String, Sendable, Codable {
    /// Clips were announced.
    case announced
    /// The same bytes were processed before.
    case unchanged
    /// No previews can be made; the manifest says why.
    case failed
    /// A newer upload has taken the object's place.
    case superseded
    /// Nothing that previews are made of.
    case ignored
  }

  /// What became of one uploaded object.
  package struct Outcome: Sendable, Codable {
    package var key: String
    package var status: Status
    package var clips: Int?
    package var reason: String?
  }

  /// - Parameters:
  ///   - requestID: Of the invocation; stable over its retries.
  ///   - allowance: What the invocation allows.
  package func process(
    _ object: S3Notification, requestID: String, within allowance: InvocationAllowance = InvocationAllowance()
  ) async throws -> Outcome {
    guard object.bucket == services.buckets.source else {
      services.logger.error(
        "not our bucket", metadata: ["bucket": "\(object.bucket)", "expected": "\(services.buckets.source)"])
      return Outcome(key: object.key, status: .ignored, reason: "bucket '\(object.bucket)' is not the source bucket")
    }
    return try await process(
      PreviewAddress(key: object.key), etag: object.etag, requestID: requestID, within: allowance)
  }

  /// The same for a video whose event names its place.
  ///
  /// - Parameters:
  ///   - etag: of the upload that the event is about; `nil` for the present one.
  ///   - allowance: What the invocation allows.
  package func process(
    _ address: PreviewAddress, etag: String? = nil, requestID: String,
    within allowance: InvocationAllowance = InvocationAllowance()
  ) async throws -> Outcome {
    let key = address.key
    do {
      guard let job = try await services.currentJob(for: address) else {
        return Outcome(key: key, status: .ignored, reason: "the object was deleted")
      }
      if let etag, etag != job.source.etag.value { throw Superseded(key: key) }
      return try await cut(job, requestID: requestID, allowance)
    } catch let error as Superseded {
      services.logger.info("superseded", metadata: ["key": "\(key)"])
      return Outcome(key: key, status: .superseded, reason: error.message)
    } catch let error as OutputKeys.InvalidKey {
      services.logger.error("invalid key", metadata: ["key": "\(key)", "error": "\(error)"])
      return Outcome(key: key, status: .ignored, reason: error.message)
    }
  }

  private func cut(_ job: Job, requestID: String, _ allowance: InvocationAllowance) async throws -> Outcome {
    let key = job.source.key
    if let done = try await alreadyDone(job) { return done }
    let (facts, plan, index): (VideoFacts, ClipPlan, ClipIndex?)
    do {
      (facts, plan, index) = try await probe(job, allowance)
    } catch let error as MediaError {
      services.logger.warning("no previews", metadata: ["key": "\(key)", "reason": "\(error.message)"])
      try await services.completion.fail(job, reason: error.message, requestID: requestID)
      return Outcome(key: key, status: .failed, reason: error.message)
    }
    let now = services.clock.now().millisecondsSince1970
    try await services.store.put(
      VideoPlan(video: facts, plan: plan, withStills: services.settings.stills != nil, createdAt: now), of: job)
    if let index { try await services.store.put(index, of: job) }
    try await services.publisher.publish(
      plan.starts.map { start in
        ClipEvent(
          key: key, start: start, end: plan.end(ofClipAt: start), length: facts.length, tsCreated: now,
          etag: job.source.etag.value, clips: plan.starts.count, index: index?.parts[start], place: job.address.place
        ).entry
      }, idempotencyKey: "\(job.buckets.output)/\(job.names.recordsPrefix(of: job.version))\(requestID)")
    services.logger.info(
      "video cut", metadata: ["key": "\(key)", "length": "\(facts.length)", "clips": "\(plan.starts.count)"])
    return Outcome(key: key, status: .announced, clips: plan.starts.count)
  }

  /// The same bytes with the same settings are not rendered twice, unless the upload asks for it by a new run token, the
  /// first time was given up, or another version has been at work since.
  private func alreadyDone(_ job: Job) async throws -> Outcome? {
    guard let existing = try await services.store.manifest(of: job.names, in: job.buckets.output)?.manifest,
      existing.version == job.version.description
        || job.version.run == nil && existing.source.etag == job.version.etag
          && existing.settings == job.version.settings,
      existing.gaveUp != true,
      try await !services.store.reopen(existing, of: job)
    else { return nil }
    return Outcome(key: job.source.key, status: .unchanged, clips: existing.clips.count, reason: existing.reason)
  }

  private func probe(_ job: Job, _ allowance: InvocationAllowance) async throws -> (VideoFacts, ClipPlan, ClipIndex?) {
    let source = try services.store.objects.open(job.source.key, in: job.buckets.source, info: job.source)
    return try await allowance.budget("reading the video").run(name: "probe") { cancellation in
      defer { source.close() }
      let (facts, headers) = try mappingReplacement(of: job.source.key) {
        try VideoProbe.survey(source, cancellation: cancellation)
      }
      try services.limits.check(
        width: facts.width, height: facts.height, length: facts.length, bytes: job.source.size)
      let plan = ClipPlan(
        length: facts.length, snippetSize: services.settings.snippetSize, lastFrameTime: facts.lastFrameTime,
        frameRate: facts.frameRate)
      let index = headers.map { ClipIndex(plan, headers: $0) }
      return (facts, plan, index?.parts.isEmpty == false ? index : nil)
    }
  }
}
