package import Core
import FoundationEssentials
package import Library
import Logging
package import MediaJobs
package import MediaTypes
import ObjectStore
import Synchronization

extension ProxyJobs {
  /// Makes one part of a track: its work, where the source is, where the part is to be written, and how far it is.
  package typealias Make =
    @Sendable (
      ProxyPart, any ByteSource, String, CancellationFlag, (Double) -> Void
    ) throws -> PartOutcome

  /// Makes a part and stores it, unless that was done before; the last part's maker asks for the join.
  ///
  /// - Parameters:
  ///   - scratch: a folder for the part's bytes.
  ///   - allowance: What the invocation allows.
  ///   - make: blocks on a thread of its own.
  /// - Throws: what another try may mend.
  package func makePart(
    _ event: LibraryEvent, scratch: String, within allowance: InvocationAllowance = InvocationAllowance(),
    make: @escaping Make
  ) async throws -> Outcome {
    let job = try ProxyJob(event)
    guard let record = try await currentRecord(of: job), let number = event.extra["part"]?.intValue else {
      return .superseded
    }
    guard let plan = try await store.documents.read(ProxyPlan.self, at: job.planKey, in: store.buckets.cache)?.value,
      plan.parts.indices.contains(number)
    else { throw Unreadable(key: job.planKey) }
    let part = plan.parts[number]
    let folder = job.folder(store)
    if try await removePartsIfEnded(job) { return .superseded }
    if let done = try await store.documents.read(PartDone.self, at: job.doneKey(number), in: store.buckets.cache)?.value
    {
      try await joinIfComplete(job, plan, done, number, record)
      return .done
    }
    guard let source = try await source(record) else { return .superseded }
    let path = "\(scratch)/\(RequestID.make())-\(part.name)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let outcome: PartOutcome
    do {
      outcome = try await work(job, part, number, source, path, allowance, make)
    } catch is Superseded {
      return .superseded
    } catch let error as MediaError where error.kind == .cancelled {
      return .superseded
    } catch let error as MediaError {
      try await fail(job, code: error.code, error.message)
      return .failed
    }
    guard try await currentRecord(of: job) != nil else { return .superseded }
    try await store.objects.keep(
      FileByteSource(path: path), as: job.partKey(part.name), in: store.buckets.cache,
      contentType: "application/octet-stream")
    if try await removePartsIfEnded(job) { return .superseded }
    let done = PartDone(name: part.name, outcome: outcome)
    try await store.documents.write(done, at: job.doneKey(number), in: store.buckets.cache)
    try await folder.put(
      PartRecord(done: part.cost, total: part.cost, isComplete: true, startedAt: now, updatedAt: now), part: number)
    services.jobs.logger.info(
      "part made",
      metadata: ["job": "\(job.kind.rawValue)/\(job.run)", "file": "\(job.file.fileID)", "part": "\(number)"])
    try await joinIfComplete(job, plan, done, number, record)
    return .done
  }

  /// - Returns: whether the job has ended, or is gone (`JobFolder.ifEnded`).
  private func removePartsIfEnded(_ job: ProxyJob) async throws -> Bool {
    try await job.folder(store).ifEnded { try await removeParts(of: job) }
  }

  /// Runs the work beside a watch that writes how far it is and ends it when the job no longer counts.
  private func work(
    _ job: ProxyJob, _ part: ProxyPart, _ number: Int, _ source: any ByteSource, _ path: String,
    _ allowance: InvocationAllowance, _ make: @escaping Make
  ) async throws -> PartOutcome {
    let progress = PartProgress()
    let cancellation = CancellationFlag()
    let began = now
    let folder = job.folder(store)
    let watch = Task {
      while !Task.isCancelled {
        let seconds = progress.seconds
        let done = part.seconds > 0 ? part.cost * min(1, max(0, seconds / part.seconds)) : 0
        try? await folder.put(
          PartRecord(done: done, total: part.cost, startedAt: began, updatedAt: now), part: number)
        try await Task.sleep(for: .seconds(2))
        if let isCurrent = try? await currentRecord(of: job) != nil, !isCurrent { cancellation.cancel() }
      }
    }
    defer { watch.cancel() }
    let budget = allowance.budget("encoding a part of the video")
    return try await budget.run(name: "part", stackSize: 8 << 20, cancellation: cancellation) { cancellation in
      defer { source.close() }
      return try mappingReplacement(of: part.name) {
        try make(part, source, path, cancellation) { progress.seconds = $0 }
      }
    }
  }

  private func joinIfComplete(
    _ job: ProxyJob, _ plan: ProxyPlan, _ done: PartDone, _ number: Int, _ record: FileRecord
  ) async throws {
    let tree = RecordTree<PartDone>(
      documents: store.documents, bucket: store.buckets.cache, count: plan.parts.count, prefix: "\(job.prefix)done/",
      leafKey: { job.doneKey($0) })
    guard try await tree.records(after: done, at: number) != nil else { return }
    try await publish(.proxyJoinRequested, record, job, key: "join")
  }
}

/// How far a part is, written by its thread and read by others.
private final class PartProgress: Sendable {
  private let state = Mutex(0.0)

  var seconds: Double {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}
