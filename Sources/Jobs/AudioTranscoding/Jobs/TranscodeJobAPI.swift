import AudioJobs
import Core
import Encodings
import FoundationEssentials
import LambdaEvents
import MediaJobs
import ObjectStore

/// Requests about jobs.
struct TranscodeJobAPI: Sendable {
  let jobs: TranscodeJobs
  /// The service's; `nil` if none was configured.
  let key: String?

  /// What a client learns of a job.
  private struct Status: Encodable {
    var id: String
    var status: JobStatus
    var percent: Int
    var secondsLeft: Int?
    var request: JSONValue?
    var result: JSONValue?
    var error: JobDocument.Failure?
    /// Milliseconds since 1970.
    var createdAt: Int64
    var updatedAt: Int64
    /// For callers who proved that they know the service's key.
    var ticket: String?
    /// Paths.
    var url: String
    var eventsUrl: String
    var resultUrl: String
  }

  /// `POST /transcode/jobs`; the caller's right has been checked.
  func begin(_ upload: Upload, _ parameters: TranscodeParameters) async throws -> HTTPResult {
    let (job, document) = try await jobs.begin(upload, parameters)
    var answer = try await status(of: job, document, hasKey: true, code: 202)
    answer.headers.append(.init("location", path(job)))
    return answer
  }

  /// - Throws: `TranscodeProblem`; errors of the store.
  func answer(_ event: HTTPEvent, _ route: TranscodeRoute) async throws -> HTTPResult? {
    switch route {
    case .job(let job):
      let (document, hasKey) = try await document(of: job, for: event)
      return try await status(of: job, document, hasKey: hasKey, code: 200)
    case .events(let job):
      _ = try await document(of: job, for: event)
      let folder = jobs.folder(job)
      return .reference(
        .events(bucket: jobs.bucket, key: folder.documentKey, records: folder.partsPrefix), headers: [Self.unstored])
    case .result(let job):
      return try await result(of: document(of: job, for: event).document)
    case .waveform(let job):
      return try await waveform(of: job, document(of: job, for: event).document)
    case .cancel(let job):
      let (former, hasKey) = try await document(of: job, for: event)
      if try await jobs.ending.cancel(job) {
        TranscodeMetrics.jobEnded(.cancelled, former.request?["target"]?.stringValue ?? "")
        try await jobs.reportCounts()
      }
      guard let document = try await jobs.folder(job).document() else { throw Self.unknown }
      return try await status(of: job, document, hasKey: hasKey, code: 200)
    default: return nil
    }
  }

  private func result(of document: JobDocument) async throws -> HTTPResult {
    let key = try await resultKey(of: document)
    let order = try JSON.decode(TranscodeOrder.self, from: JSON.encode(document.request ?? .null))
    let parameters = try TranscodeParameters(order)
    return .reference(
      .object(bucket: jobs.bucket, key: key),
      headers: ResultName.headers(parameters.target, fileName: order.fileName) + [
        .init("cache-control", "private, max-age=3600")
      ])
  }

  /// - Throws: `TranscodeProblem` 409 without a result, 410 if it was deleted.
  private func resultKey(of document: JobDocument) async throws -> String {
    guard document.status == .ready, let key = document.result?["key"]?.stringValue else {
      let reason = document.error.map { ": \($0.message)" } ?? ""
      throw TranscodeProblem(
        409,
        document.status.isFinal
          ? "the job was ended, its status is \(document.status.rawValue)\(reason)"
          : "the job is \(document.status.rawValue); its result is not there yet")
    }
    guard try await jobs.services.documents.head(key, in: jobs.bucket) != nil else {
      throw TranscodeProblem(410, "the result was deleted to make room; post the file again")
    }
    return key
  }

  /// Fifty peaks a second of the result: made when they are first asked for, and kept with the job.
  private func waveform(of job: TranscodeJob, _ document: JobDocument) async throws -> HTTPResult {
    let key = try await resultKey(of: document)
    if try await jobs.services.documents.head(job.waveformKey, in: jobs.bucket) == nil {
      try await jobs.drawWaveform(of: key, for: job)
    }
    return .reference(
      .object(bucket: jobs.bucket, key: job.waveformKey),
      headers: [
        .init("content-type", "application/json"), .init("cache-control", "private, max-age=3600"),
        .init("x-content-type-options", "nosniff"),
      ])
  }

  private static let unknown = TranscodeProblem(404, "there is no such job")

  /// The job's document, for a caller who has the key or a ticket.
  ///
  /// - Throws: `TranscodeProblem` 401, or 404 if there is no such job or its time has passed.
  private func document(of job: TranscodeJob, for event: HTTPEvent) async throws -> (
    document: JobDocument, hasKey: Bool
  ) {
    let refusal = TranscoderAccess.refusal(event, key: key)
    if let refusal {
      guard let ticket = event.query("ticket").last else { throw refusal }
      guard let secret = try await secret(of: job), JobTicket.isValid(ticket, job, secret, now: jobs.now / 1000) else {
        throw TranscodeProblem(401, "the ticket is wrong or has expired")
      }
    }
    guard let document = try await jobs.folder(job).document(), jobs.isCurrent(document) else {
      throw Self.unknown
    }
    return (document, refusal == nil)
  }

  private func secret(of job: TranscodeJob) async throws -> JobTicket.Secret? {
    try await jobs.services.documents.read(JobTicket.Secret.self, at: job.secretKey, in: jobs.bucket)?.value
  }

  private func status(
    of job: TranscodeJob, _ document: JobDocument, hasKey: Bool, code: Int
  ) async throws -> HTTPResult {
    let progress = try await jobs.folder(job).progress(of: document, now: jobs.now)
    let ticket = try await hasKey ? secret(of: job).map { JobTicket.issue(job, $0, now: jobs.now / 1000) } : nil
    let query = ticket.map { "?ticket=\($0)" } ?? ""
    var answer = try HTTPResult.json(
      Status(
        id: job.id, status: document.status, percent: progress.percent, secondsLeft: progress.secondsLeft,
        request: document.request, result: document.result, error: document.error, createdAt: document.createdAt,
        updatedAt: document.updatedAt, ticket: ticket, url: path(job), eventsUrl: "\(path(job))/events\(query)",
        resultUrl: "\(path(job))/result\(query)"),
      status: code)
    answer.headers.append(Self.unstored)
    return answer
  }

  private func path(_ job: TranscodeJob) -> String { "/transcode/jobs/\(job.id)" }

  private static let unstored = HTTPResult.Header("cache-control", "private, no-store")
}
