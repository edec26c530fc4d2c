import Invocations
package import FunctionHost

/// One run of a function, as the console shows it. Times are milliseconds since 1970.
package struct InvocationRecord: Sendable, Codable, Equatable {
  /// Grows from run to run; the same while one goes on.
  package var number: Int
  package var requestID: String
  package var function: String
  /// What it belongs to (the video's key); empty where nothing, and for calls that were not queued.
  package var group: String
  /// From 1; 0 for calls that were not queued.
  package var attempt: Int
  /// When it was queued; nil for calls that were not.
  var queuedAt: Int64?
  package var startedAt: Int64
  /// nil while it runs.
  var endedAt: Int64?
  /// `running`, `success`, or what kind of failure: `reported`, `timedOut`, `crashed`, `outOfMemory`, `initialization`.
  package var outcome: String
  package var errorType: String?
  package var errorMessage: String?
  /// From delivery to response, milliseconds.
  package var duration: Double?
  /// From process start to its first request for work, milliseconds, where this run started the process.
  var initDuration: Double?
  var memoryMiB: Int?

  package static let running = "running"
  /// Characters of an error's message that are kept.
  static let maximumMessage = 1000

  package mutating func end(_ result: InvocationResult, at time: Int64) {
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
package struct BusEventRecord: Sendable, Encodable {
  package var id: String
  /// Milliseconds since 1970.
  package var time: Int64
  /// The bus; nil for a bucket's notification, which goes to a function without one.
  package var bus: String?
  package var source: String
  package var detailType: String
  package var detail: JSONExcerpt
  /// Names of the rules, or of the notification's configurations, that it matched.
  package var rules: [String]
  /// Functions that were queued.
  package var functions: [String]

  package init(
    id: String, time: Int64, bus: String? = nil, source: String, detailType: String, detail: JSONExcerpt,
    rules: [String], functions: [String]
  ) {
    self.id = id
    self.time = time
    self.bus = bus
    self.source = source
    self.detailType = detailType
    self.detail = detail
    self.rules = rules
    self.functions = functions
  }
}
