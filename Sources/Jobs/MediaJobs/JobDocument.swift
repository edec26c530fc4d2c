package import Core
import LambdaEvents

/// The states of a job (DESIGN section 4, contract).
package enum JobStatus: String, Sendable, Codable {
  case queued, processing, ready
  case notNeeded = "not_needed"
  case failed, cancelled

  /// No further change follows, except that a new job may take its place.
  package var isFinal: Bool { self != .queued && self != .processing }
}

/// What clients are told of a job. It changes when the state does; progress is in the records of its parts.
package struct JobDocument: Sendable, Codable, Equatable {
  /// Unguessable.
  package var id: String
  /// The field's word for what is done: `transcode`, `proxy`, ….
  package var kind: String
  package var status: JobStatus
  /// The version of the source that it is about; a job of an older one discards its result.
  package var version: String?
  /// How many parts it has; 0 until it has been planned.
  package var parts: Int
  /// What was asked for, and what came out, in the service's own terms.
  package var request: JSONValue?
  package var result: JSONValue?
  package var error: Failure?
  /// The path that `DELETE` cancels the job by; `nil` if it cannot be cancelled.
  package var cancelPath: String?
  /// Milliseconds since 1970.
  package var createdAt: Int64
  package var updatedAt: Int64

  /// Why a job failed, for a person and for a program.
  package struct Failure: Sendable, Codable, Equatable {
    package var code: String
    package var message: String

    package init(code: String, message: String) {
      self.code = code
      self.message = message
    }
  }

  package init(
    id: String, kind: String, status: JobStatus = .queued, version: String? = nil, parts: Int = 0,
    request: JSONValue? = nil, createdAt: Int64
  ) {
    self.id = id
    self.kind = kind
    self.status = status
    self.version = version
    self.parts = parts
    self.request = request
    self.createdAt = createdAt
    updatedAt = createdAt
  }
}

/// How far one part of a job is; readers add the parts up.
package struct PartRecord: Sendable, Codable, Equatable {
  /// In any unit that all parts of the job share: seconds, frames, bytes.
  package var done: Double
  package var total: Double
  /// `true` when the part's output is in the store.
  package var isComplete: Bool
  /// What the part made, in the service's own terms.
  package var result: JSONValue?
  /// Milliseconds since 1970.
  package var startedAt: Int64
  package var updatedAt: Int64

  package init(
    done: Double, total: Double, isComplete: Bool = false, result: JSONValue? = nil, startedAt: Int64, updatedAt: Int64
  ) {
    self.done = done
    self.total = total
    self.isComplete = isComplete
    self.result = result
    self.startedAt = startedAt
    self.updatedAt = updatedAt
  }
}

/// What the records of a job add up to: pure.
package struct JobProgressReport: Sendable, Codable, Equatable {
  /// 0 ... 100; 100 only when the job has ended well.
  package var percent: Int
  /// Whole seconds that are left, at least 1; `nil` until there is something to judge by.
  package var secondsLeft: Int?

  package init(percent: Int, secondsLeft: Int?) {
    self.percent = percent
    self.secondsLeft = secondsLeft
  }

  /// - Parameters:
  ///   - parts: records of the parts that have begun; the others count as nothing done of an average part.
  ///   - now: milliseconds since 1970.
  package init(_ job: JobDocument, parts: [PartRecord], now: Int64) {
    switch job.status {
    case .ready, .notNeeded: self.init(percent: 100, secondsLeft: nil)
    case .queued, .failed, .cancelled: self.init(percent: 0, secondsLeft: nil)
    case .processing:
      let estimate = ProgressEstimate(
        parts.map {
          ProgressEstimate.Part(
            done: $0.done, total: $0.total, isComplete: $0.isComplete, startedAt: Double($0.startedAt))
        }, of: job.parts, now: Double(now))
      self.init(percent: estimate.percent, secondsLeft: estimate.secondsLeft)
    }
  }
}
