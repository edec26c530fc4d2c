import FunctionHost

/// One run of a function, as the console shows it. Times are milliseconds since 1970.
struct InvocationRecord: Sendable, Codable, Equatable {
  /// Grows from run to run; the same while one goes on.
  var number: Int
  var requestID: String
  var function: String
  /// What it belongs to (the video's key); empty where nothing, and for calls that were not queued.
  var group: String
  /// From 1; 0 for calls that were not queued.
  var attempt: Int
  /// When it was queued; nil for calls that were not.
  var queuedAt: Int64?
  var startedAt: Int64
  /// nil while it runs.
  var endedAt: Int64?
  /// `running`, `success`, or what kind of failure: `reported`, `timedOut`, `crashed`, `outOfMemory`, `initialization`.
  var outcome: String
  var errorType: String?
  var errorMessage: String?
  /// From delivery to response, milliseconds.
  var duration: Double?
  /// From process start to its first request for work, milliseconds, where this run started the process.
  var initDuration: Double?
  var memoryMiB: Int?

  static let running = "running"
  /// Characters of an error's message that are kept.
  static let maximumMessage = 1000

  mutating func end(_ result: InvocationResult, at time: Int64) {
    endedAt = time
    duration = result.report.duration.inSeconds * 1000
    initDuration = result.report.initDuration.map { $0.inSeconds * 1000 }
    memoryMiB = result.report.maximumMemoryMiB
    switch result.outcome {
    case .success: outcome = "success"
    case .failure(let failure):
      outcome = failure.kind.rawValue
      errorType = String(failure.type.prefix(200))
      errorMessage = String(failure.message.prefix(Self.maximumMessage))
    case .refused(let refusal): outcome = refusal.rawValue
    }
  }
}

/// An event that a bus accepted, or an object's notification, and where it went.
struct BusEventRecord: Sendable, Encodable {
  var id: String
  /// Milliseconds since 1970.
  var time: Int64
  /// The bus; nil for a bucket's notification, which goes to a function without one.
  var bus: String?
  var source: String
  var detailType: String
  var detail: JSONExcerpt
  /// Names of the rules, or of the notification's configurations, that it matched.
  var rules: [String]
  /// Functions that were queued.
  var functions: [String]
}
