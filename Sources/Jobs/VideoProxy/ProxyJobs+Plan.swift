package import Core
import EventBus
package import Library
package import MediaJobs
package import MediaTypes
import ObjectStore

extension ProxyJobs {
  /// Decides about a file, plans its parts and announces each of them.
  ///
  /// - Parameters:
  ///   - allowance: What the invocation allows.
  ///   - survey: reads the file; blocks on a thread of its own. Throws what the file is at fault for as `MediaError`.
  /// - Throws: what another try may mend.
  package func plan(
    _ event: LibraryEvent, within allowance: InvocationAllowance = InvocationAllowance(),
    survey: @escaping @Sendable (any ByteSource, ProxyRequest) throws -> ProxyPlanOutcome
  ) async throws -> Outcome {
    let job = try ProxyJob(event)
    guard let record = try await currentRecord(of: job), let source = try await source(record) else {
      return .superseded
    }
    let request = ProxyRequest(
      isForced: event.extra["force"]?.boolValue ?? (job.kind == .moment),
      start: event.extra["start"]?.doubleValue, end: event.extra["end"]?.doubleValue,
      animation: event.extra["format"]?.stringValue.flatMap(AnimationFormat.init))
    let folder = job.folder(store)
    if let known = try await folder.document(), known.status.isFinal { return .done }
    let outcome: ProxyPlanOutcome
    do {
      outcome = try await allowance.budget("reading the video").run(name: "plan", stackSize: 8 << 20) { _ in
        defer { source.close() }
        return try mappingReplacement(of: event.key) { try survey(source, request) }
      }
    } catch is Superseded {
      return .superseded
    } catch let error as MediaError {
      try await fail(job, code: error.code, error.message)
      return .failed
    }
    switch outcome {
    case .none(.impossible(let reason)):
      try await fail(job, code: "ProxyImpossible", reason)
      return .failed
    case .none(let decision): return try await end(job, without: decision)
    case .plan(let plan): return try await start(job, plan, request, record)
    }
  }

  /// No proxy is made.
  private func end(_ job: ProxyJob, without decision: ProxyDecision) async throws -> Outcome {
    var document = JobDocument(id: job.run, kind: job.kind.rawValue, version: "\(job.version)", createdAt: now)
    document.status = .notNeeded
    if case .notNeeded(let reason) = decision { document.result = .object(["reason": .string(reason)]) }
    if case .none(let reason) = decision { document.result = .object(["reason": .string(reason)]) }
    guard try await create(document, of: job) else { return .superseded }
    try await store.update(job.file, version: job.version) { record in
      guard record.proxyStatus != .cancelled else { return }
      if case .notNeeded = decision {
        (record.proxyStatus, record.proxyProgress) = (.notNeeded, 100)
      } else {
        (record.proxyStatus, record.proxyProgress) = (nil, nil)
      }
      (record.proxyEtaSeconds, record.proxyError) = (nil, nil)
    }
    return .done
  }

  /// - Returns: `false` if the job was cancelled meanwhile.
  private func create(_ document: JobDocument, of job: ProxyJob) async throws -> Bool {
    let folder = job.folder(store)
    if try await folder.create(document) { return true }
    return try await folder.document()?.status != .cancelled
  }

  private func start(
    _ job: ProxyJob, _ plan: ProxyPlan, _ request: ProxyRequest, _ record: FileRecord
  ) async throws -> Outcome {
    // The first plan counts: parts may have been made by it.
    try await store.documents.write(plan, at: job.planKey, in: store.buckets.cache, if: .absent)
    guard
      let plan = try await store.documents.read(ProxyPlan.self, at: job.planKey, in: store.buckets.cache)?.value
    else { throw Unreadable(key: job.planKey) }
    var document = JobDocument(
      id: job.run, kind: job.kind.rawValue, version: "\(job.version)", parts: plan.parts.count, createdAt: now)
    document.status = .processing
    document.cancelPath = job.cancelPath
    guard try await create(document, of: job) else { return .superseded }
    try await store.update(job.file, version: job.version) { record in
      switch job.kind {
      case .proxy:
        guard record.proxyStatus != .cancelled else { return }
        (record.proxyStatus, record.proxyProgress, record.proxyError) = (.processing, 0, nil)
        record.parts = plan.parts.count
      case .moment: record.setMoment(job.result.fileID) { ($0.status, $0.error) = (.processing, nil) }
      case .poster: break
      }
    }
    // What takes longest is announced first.
    let order = plan.parts.indices.sorted { plan.parts[$0].cost > plan.parts[$1].cost }
    let entries = order.map { number in
      LibraryEvent(
        .proxyPartRequested, record, bucket: store.buckets.library,
        extra: job.extra.merging(["part": .integer(Int64(number))]) { $1 }
      ).entry
    }
    try await services.jobs.publisher.publish(entries, idempotencyKey: "\(job.prefix)parts")
    return .done
  }

  /// A document of the job is missing or not readable; another try writes it again.
  struct Unreadable: ClassifiedError {
    let key: String
    var code: String { "JobDocumentMissing" }
    var message: String { "'\(key)' is missing or not readable" }
    var isRetryable: Bool { true }
  }
}
