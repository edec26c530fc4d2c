import Audio
package import AudioJobs
package import Core
import EventBus
import FoundationEssentials
import LambdaEvents
import Logging
package import MediaJobs
import MediaTypes
import ObjectCache
import ObjectStore
import S3Protocol

/// The steps of a job: begun by a request, planned, encoded in one piece or in parts, joined. Every step may be repeated
/// or raced; only one ends the job.
package struct TranscodeJobs: Sendable {
  let services: JobServices
  let settings: TranscoderSettings
  let places: TranscodePlaces
  let cache: TranscodeCache
  let ending: TranscodeEnding
  /// What the present invocation allows.
  private var allowance = InvocationAllowance()

  var objects: any ObjectStore { services.objects }
  var bucket: String { places.bucket }
  var now: Int64 { services.clock.now().millisecondsSince1970 }

  /// - Returns: `nil` if no bucket is configured: there are no jobs then.
  package init?(services: JobServices, settings: TranscoderSettings) {
    guard let bucket = settings.bucket, let cache = TranscodeCache(services: services, settings: settings) else {
      return nil
    }
    self.services = services
    self.settings = settings
    self.cache = cache
    places = TranscodePlaces(bucket: bucket)
    ending = TranscodeEnding(services: services, bucket: bucket)
  }

  /// What a step came to.
  package enum Outcome: String, Sendable, Codable {
    case done
    /// The job has ended, or its time has passed.
    case superseded
    case failed
  }

  func folder(_ job: TranscodeJob) -> JobFolder { job.folder(objects, bucket: bucket) }

  // MARK: Beginning

  /// Begins a job, or finds the one that makes the same result.
  ///
  /// - Throws: errors of the store and the bus.
  func begin(_ upload: Upload, _ parameters: TranscodeParameters) async throws -> (job: TranscodeJob, JobDocument) {
    let sha256 = try await upload.contentDigest()
    let order = TranscodeOrder(
      target: parameters.target.rawValue, quality: parameters.quality?.rawValue,
      copy: parameters.copies ? true : nil, fileName: upload.fileName, sha256: sha256, bytes: upload.source.size)
    let entry = places.entry(parameters, sha256: sha256)
    if let info = try await cache.find(entry) { return try await finished(order, parameters, info) }
    let currentKey = places.current(parameters, sha256: sha256)
    let current = try await services.documents.read(CurrentTranscode.self, at: currentKey, in: bucket)
    if let found = try await underWay(current?.value) { return found }
    let job = TranscodeJob.make()
    let document = try await create(job, order)
    try await store(upload, as: job.sourceKey)
    _ = try await objects.put([], as: job.waitingKey, in: bucket)
    let isFirst = try await services.documents.write(
      CurrentTranscode(id: job.id), at: currentKey, in: bucket, if: .replacing(current?.etag))
    if isFirst == nil {
      let winner = try await services.documents.read(CurrentTranscode.self, at: currentKey, in: bucket)
      if let found = try await underWay(winner?.value) {
        try await folder(job).remove()
        try await objects.delete(job.waitingKey, in: bucket)
        return found
      }
    }
    try await announce(job)
    return (job, document)
  }

  /// A file that the host holds becomes the object as it is, and stays readable as a file while the object is there.
  private func store(_ upload: Upload, as key: String) async throws {
    var options = PutOptions(contentType: "application/octet-stream")
    options.cacheControl = "no-store"
    if let held = upload.held {
      var options = options
      options.metadata[Self.heldFile] = held
      if try await objects.put(held: held, as: key, in: bucket, options: options) != nil { return }
    }
    _ = try await objects.put(source: upload.source, as: key, in: bucket, options: options)
  }

  /// Metadata of a source: the address of the file that it was made of.
  private static let heldFile = "held-file"

  /// The result was there before: a job that has ended when it begins.
  private func finished(
    _ order: TranscodeOrder, _ parameters: TranscodeParameters, _ info: ObjectInfo
  ) async throws -> (job: TranscodeJob, JobDocument) {
    let job = TranscodeJob.make()
    let result = JSONValue.object([
      "key": .string(info.key), "bytes": .integer(info.size), "contentType": .string(parameters.target.contentType),
    ])
    let document = try await create(job, order, result: result)
    try await ending.announce(job)
    return (job, document)
  }

  private func create(_ job: TranscodeJob, _ order: TranscodeOrder, result: JSONValue? = nil) async throws
    -> JobDocument
  {
    let request = try JSON.decode(JSONValue.self, from: JSON.encode(order))
    var document = JobDocument(id: job.id, kind: TranscodeJob.kind, request: request, createdAt: now)
    document.cancelPath = "/transcode/jobs/\(job.id)"
    if let result {
      document.status = .ready
      document.result = result
    }
    try await services.documents.write(JobTicket.Secret.make(), at: job.secretKey, in: bucket, if: .absent)
    _ = try await folder(job).create(document)
    return document
  }

  /// The job that this one equals, if it has not ended. Announces it again: the first announcement may have been lost.
  private func underWay(_ current: CurrentTranscode?) async throws -> (job: TranscodeJob, JobDocument)? {
    guard let job = current.flatMap({ TranscodeJob(id: $0.id) }), let document = try await folder(job).document(),
      !document.status.isFinal, isCurrent(document)
    else { return nil }
    try await announce(job)
    return (job, document)
  }

  func announce(_ job: TranscodeJob) async throws {
    try await services.publisher.publish(
      [TranscodeEvent(.transcodeRequested, job).entry], idempotencyKey: "\(job.prefix)begin")
  }

  /// Whether the job's time has not passed.
  func isCurrent(_ document: JobDocument) -> Bool {
    now - document.createdAt < Int64(settings.jobLife / .milliseconds(1))
  }

  // MARK: Steps

  /// - Parameter allowance: what the invocation allows.
  /// - Throws: what another try may mend.
  package func process(
    _ event: JSONValue, within allowance: InvocationAllowance = InvocationAllowance()
  ) async throws -> Outcome {
    var jobs = self
    jobs.allowance = allowance
    return try await jobs.process(TranscodeEvent(json: event))
  }

  private func process(_ event: TranscodeEvent) async throws -> Outcome {
    guard let document = try await folder(event.job).document(), isCurrent(document) else { return .superseded }
    if document.status.isFinal {
      // The try that ended it, or one that wrote a part, may have been cut off before it had cleaned up.
      try await ending.removeIfEnded(event.job)
      return .superseded
    }
    let order = try JSON.decode(TranscodeOrder.self, from: JSON.encode(document.request ?? .null))
    do {
      switch event.kind {
      case .transcodeRequested: return try await plan(event.job, document, order)
      case .transcodePartRequested:
        guard let part = event.part else { return try await makeWhole(event.job, order, isCopied: false) }
        return try await makePart(event.job, part)
      case .transcodeJoinRequested: return try await join(event.job, order)
      }
    } catch {
      // What was broken off because the job has ended, or failed because its data are gone, need not be tried again.
      if try await ending.removeIfEnded(event.job) { return .superseded }
      guard let error = error as? MediaError, error.kind != .cancelled else { throw error }
      _ = try await ending.fail(event.job, code: error.code, error.message)
      TranscodeMetrics.jobEnded(.failed, order.target)
      return .failed
    }
  }

  private func plan(_ job: TranscodeJob, _ document: JobDocument, _ order: TranscodeOrder) async throws -> Outcome {
    let parameters = try TranscodeParameters(order)
    let plan = try await self.plan(of: job) { source, cancellation in
      try TranscodePlanner.plan(
        source, target: parameters.target, quality: parameters.quality, copies: parameters.copies,
        cancellation: cancellation)
    }
    _ = try await objects.put([], as: job.runningKey, in: bucket)
    try await objects.delete(job.waitingKey, in: bucket)
    _ = try await folder(job).update(now: now) { document in
      guard document.status == .queued else { return false }
      document.status = .processing
      document.parts = plan.count
      return true
    }
    if try await ending.removeIfEnded(job) { return .superseded }
    try await reportCounts()
    guard plan.mode == .parts else { return try await makeWhole(job, order, isCopied: plan.mode == .copy) }
    // The digest reads all of the source, so it begins first.
    let steps = Array((0..<plan.steps).reversed())
    try await services.publisher.publish(
      steps.map { TranscodeEvent(.transcodePartRequested, job, part: $0).entry }, idempotencyKey: "\(job.prefix)parts")
    return .done
  }

  /// The job's plan: the first that was written down counts, since parts may have been made by it.
  private func plan(
    of job: TranscodeJob, _ make: @escaping @Sendable (any ByteSource, CancellationFlag) throws -> TranscodePlan
  ) async throws -> TranscodePlan {
    if let plan = try await knownPlan(of: job) { return plan }
    let source = try await source(of: job)
    let plan = try await blocking(source) { try make(source, $0) }
    try await services.documents.write(plan, at: job.planKey, in: bucket, if: .absent)
    return try await knownPlan(of: job) ?? plan
  }

  func knownPlan(of job: TranscodeJob) async throws -> TranscodePlan? {
    try await services.documents.read(TranscodePlan.self, at: job.planKey, in: bucket)?.value
  }

  func source(of job: TranscodeJob) async throws -> any ByteSource {
    let info = try await info(job.sourceKey)
    // Its name is used once, so what lies there is the object's file. On another node, or after a start of the host, there is none.
    if let path = info.metadata[Self.heldFile]?.dropFirst("file://".count),
      let file = try? FileByteSource(path: String(path)), file.size == info.size
    {
      return file
    }
    return try objects.open(job.sourceKey, in: bucket, info: info)
  }

  func open(_ key: String) async throws -> any ByteSource {
    try await objects.open(key, in: bucket, info: info(key))
  }

  func info(_ key: String) async throws -> ObjectInfo {
    guard let info = try await services.documents.head(key, in: bucket) else { throw Missing(key: key) }
    return info
  }

  /// An object of the job is missing. Another try finds that the job has ended, or gives up.
  struct Missing: ClassifiedError {
    let key: String
    var code: String { "JobObjectMissing" }
    var message: String { "'\(key)' is missing" }
    var isRetryable: Bool { true }
  }

  /// Runs `work` on a thread of its own until it ends, the task is cancelled, the flag is set, or the invocation is almost
  /// over.
  ///
  /// - Throws: `MediaError` `BudgetExceeded` if the file takes more time than an invocation has.
  func blocking<Made: Sendable>(
    _ source: any ByteSource, _ cancellation: CancellationFlag = CancellationFlag(),
    _ work: @escaping @Sendable (CancellationFlag) throws -> Made
  ) async throws -> Made {
    try await allowance.budget("transcoding the file").run(name: "transcode", cancellation: cancellation) { flag in
      defer { source.close() }
      return try work(flag)
    }
  }

  /// How many jobs wait and run, as metrics.
  func reportCounts() async throws {
    let waiting = try await objects.listAll(bucket: bucket, prefix: TranscodeJob.waitingRoot).count
    let running = try await objects.listAll(bucket: bucket, prefix: TranscodeJob.runningRoot).count
    TranscodeMetrics.jobs(waiting: waiting, running: running)
  }
}
