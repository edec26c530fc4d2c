import Invocations
package import FunctionHost

/// One run of a function, as the console shows it. Times are milliseconds since 1970.
package struct InvocationRecord: Sendable, Codable, Equatable {
  /// Grows from run to run; the same while one goes on.
  package var number: Int
  package var requestID: String
  package var function: String
  /// What it belongs to (its message group, mostly an object's key); empty where nothing, and for calls that were not queued.
  package var group: String
  /// What it is about besides; `nil` for calls that were not queued.
  package var subject: EventSubject?
  /// From 1; 0 for calls that were not queued.
  package var attempt: Int
  /// When it was queued; nil for calls that were not.
  var queuedAt: Int64?
  package var startedAt: Int64
  /// nil while it runs.
  package var endedAt: Int64?
  /// `running`, `success`, or what kind of failure: `reported`, `timedOut`, `crashed`, `outOfMemory`, `initialization`.
  package var outcome: String
  package var errorType: String?
  package var errorMessage: String?
  /// From delivery to response, milliseconds.
  package var duration: Double?
  /// From process start to its first request for work, milliseconds, where this run started the process.
  var initDuration: Double?
  var memoryMiB: Int?
  /// The function's `MemorySize`, and what Lambda would charge for: whole milliseconds.
  var memorySizeMiB: Int?
  var billedMilliseconds: Int64?

  package static let running = "running"
  /// GB-seconds, as Lambda charges them.
  package var gigabyteSeconds: Double {
    Double(memorySizeMiB ?? 0) / 1024 * Double(billedMilliseconds ?? 0) / 1000
  }

  /// Characters of an error's message that are kept.
  static let maximumMessage = 1000

  package init(
    number: Int, requestID: String, function: String, group: String, subject: EventSubject? = nil, attempt: Int,
    queuedAt: Int64? = nil, startedAt: Int64, outcome: String
  ) {
    self.number = number
    self.requestID = requestID
    self.function = function
    self.group = group
    self.subject = subject
    self.attempt = attempt
    self.queuedAt = queuedAt
    self.startedAt = startedAt
    self.outcome = outcome
  }

  package mutating func end(_ result: InvocationResult, at time: Int64) {
    endedAt = time
    duration = result.report.duration.inSeconds * 1000
    initDuration = result.report.initDuration.map { $0.inSeconds * 1000 }
    memoryMiB = result.report.maximumMemoryMiB
    memorySizeMiB = result.report.memorySizeMiB
    billedMilliseconds = result.report.billedMilliseconds
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
