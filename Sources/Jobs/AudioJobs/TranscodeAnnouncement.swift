import Core
import EventBus
import MediaJobs

/// What the transcoder announces of a job that has ended, for rules and webhooks: `transcodeReady`, `transcodeFailed` or
/// `transcodeCancelled` with the source `zoetrope.transcoding`.
enum TranscodeAnnouncement {
  /// - Parameters:
  ///   - document: of a job that has ended.
  ///   - bucket: the cache bucket, with the result's key.
  /// - Returns: `nil` if the job has not ended.
  static func entry(_ job: TranscodeJob, _ document: JobDocument, bucket: String) -> PutEventsEntry? {
    let name: String
    switch document.status {
    case .ready: name = "transcodeReady"
    case .failed: name = "transcodeFailed"
    case .cancelled: name = "transcodeCancelled"
    case .queued, .processing, .notNeeded: return nil
    }
    var detail: [String: JSONValue] = [
      "job": .string(job.id), "status": .string(document.status.rawValue), "bucket": .string(bucket),
      "createdAt": .integer(document.createdAt), "updatedAt": .integer(document.updatedAt),
    ]
    if let request = document.request { detail["request"] = request }
    if let result = document.result { detail["result"] = result }
    if let failure = document.error {
      detail["error"] = .object(["code": .string(failure.code), "message": .string(failure.message)])
    }
    return PutEventsEntry(source: TranscodeEvent.source, detailType: name, detail: .object(detail))
  }
}
