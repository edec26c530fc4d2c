package import FoundationEssentials

/// Where asynchronous invocations wait: what was enqueued stays until it is finished, whatever happens to the process.
///
/// One owner at a time holds a claim and finishes it. Claims are the owner's, not the queue's: after a crash everything
/// unfinished is claimable again, and a run that the crash cut off does not count as an attempt (the function did not
/// fail, its host did), so at-least-once delivery is all that is promised.
package protocol InvocationQueue: Sendable {
  /// Which functions have new work, told once it is committed, also if another node
  /// enqueued it. For one listener, the scheduler.
  var newWork: NewWork { get }

  /// Adds invocations; all of them or, where it throws, none.
  ///
  /// - Throws: `QueueError.full`; what the storage throws.
  func enqueue(_ invocations: [NewInvocation]) async throws

  /// Accepts a publication once per key: enqueues `invocations`, all of them or none, unless the key was accepted in the
  /// last 24 hours; then the answer given at that time is returned again.
  ///
  /// - Parameters:
  ///   - key: nil is always new.
  ///   - response: what is answered, also to repetitions.
  /// - Throws: `QueueError.full`; what the storage throws.
  func publish(
    key: String?, at now: Date, response: [UInt8], invocations: [NewInvocation]
  ) async throws -> (response: [UInt8], isNew: Bool)

  /// Takes what may run now: for each function at most as many as asked for, retries that are due first, then oldest
  /// first. What was taken and not finished or released is not given out again.
  ///
  /// - Parameter wanted: invocations by function; functions that are not named are left alone.
  func claim(_ wanted: [String: Int], at now: Date) async throws -> [String: ClaimedBatch]

  /// Records how claimed invocations ended. Durable when it returns.
  func finish(_ ends: [InvocationEnd]) async throws

  /// Gives claimed invocations back unchanged, as if never claimed.
  func release(_ numbers: [Int64]) async

  /// What waits and what lies dead, by function; functions with neither are left out.
  func depths() async throws -> [String: QueueDepth]

  /// Dead letters, oldest first.
  ///
  /// - Parameters:
  ///   - after: only those with a greater number.
  ///   - limit: at most that many.
  func deadLetters(after: Int64, limit: Int) async throws -> [DeadLetter]

  /// Puts dead letters back into their queues as if they were new. Returns the functions whose queues grew, and how many
  /// letters moved.
  ///
  /// - Parameter numbers: which ones; nil means all.
  func redrive(_ numbers: [Int64]?, at now: Date) async throws -> (functions: Set<String>, count: Int)

  /// Throws dead letters away. Returns how many.
  ///
  /// - Parameters:
  ///   - numbers: which ones; nil means all.
  ///   - before: only those that died before then; nil means whenever.
  func purge(_ numbers: [Int64]?, before: Date?) async throws -> Int
}

/// An invocation to be queued.
package struct NewInvocation: Sendable, Equatable {
  /// The request id that every attempt carries.
  package var id: String
  package var function: String
  /// The event, JSON.
  package var payload: [UInt8]
  /// What the invocation belongs to (the source object's key), for fairness between groups; empty if to nothing. SQS' term.
  package var messageGroupID: String
  /// What work it is about; `nil` if it stands for itself. The queue sets it when the invocation is enqueued. SQS' term.
  package var deduplicationID: String?
  package var enqueuedAt: Date

  package init(
    id: String, function: String, payload: [UInt8], messageGroupID: String = "", deduplicationID: String? = nil,
    enqueuedAt: Date
  ) {
    self.id = id
    self.function = function
    self.payload = payload
    self.messageGroupID = messageGroupID
    self.deduplicationID = deduplicationID
    self.enqueuedAt = enqueuedAt
  }
}

/// An invocation that may run now.
package struct ClaimedInvocation: Sendable, Equatable {
  /// The queue's own name for it.
  package var number: Int64
  package var invocation: NewInvocation
  /// Attempts that failed so far.
  package var failedAttempts: Int

  package init(number: Int64, invocation: NewInvocation, failedAttempts: Int) {
    self.number = number
    self.invocation = invocation
    self.failedAttempts = failedAttempts
  }
}

/// What `claim` found for one function.
package struct ClaimedBatch: Sendable, Equatable {
  package var invocations: [ClaimedInvocation]
  /// Whether more may run now than were taken.
  package var hasMore: Bool
  /// When the next one that waits for a later time may run.
  package var nextAt: Date?

  package init(invocations: [ClaimedInvocation], hasMore: Bool, nextAt: Date?) {
    self.invocations = invocations
    self.hasMore = hasMore
    self.nextAt = nextAt
  }
}

/// How a claimed invocation ended.
package enum InvocationEnd: Sendable, Equatable {
  /// Done. `followUps` are enqueued with it (an on-success destination).
  case done(Int64, followUps: [NewInvocation])
  /// Failed, to be tried again from then on.
  case retry(Int64, failedAttempts: Int, at: Date)
  /// Failed for the last time: becomes a dead letter. `followUps` are enqueued with it (an on-failure destination).
  case dead(Int64, DeadLetterReason, followUps: [NewInvocation])

  package var number: Int64 {
    switch self {
    case .done(let number, _), .retry(let number, _, _), .dead(let number, _, _): number
    }
  }

  package var followUps: [NewInvocation] {
    switch self {
    case .done(_, let followUps), .dead(_, _, let followUps): followUps
    case .retry: []
    }
  }
}

/// Why an invocation is not tried any more.
package struct DeadLetterReason: Sendable, Equatable {
  /// Lambda's words.
  package enum Condition: String, Sendable, Codable {
    case retriesExhausted = "RetriesExhausted"
    case eventAgeExceeded = "EventAgeExceeded"
  }

  package var condition: Condition
  /// All tries, the last included.
  package var attempts: Int
  package var errorType: String
  package var errorMessage: String
  /// The dead-letter queue that the template names; nil where it names none.
  package var queue: String?
  package var at: Date

  package init(
    condition: Condition, attempts: Int, errorType: String, errorMessage: String, queue: String?, at: Date
  ) {
    self.condition = condition
    self.attempts = attempts
    self.errorType = errorType
    self.errorMessage = errorMessage
    self.queue = queue
    self.at = at
  }
}

/// An invocation that is not tried any more, with everything needed to understand it and to try it again.
package struct DeadLetter: Sendable, Equatable {
  package var number: Int64
  package var invocation: NewInvocation
  package var death: DeadLetterReason

  package init(number: Int64, invocation: NewInvocation, death: DeadLetterReason) {
    self.number = number
    self.invocation = invocation
    self.death = death
  }
}

package struct QueueDepth: Sendable, Codable, Equatable {
  /// Waiting or running.
  package var queued: Int
  package var deadLetters: Int
  /// When the oldest of them was enqueued.
  package var oldest: Date?

  package init(queued: Int, deadLetters: Int, oldest: Date? = nil) {
    self.queued = queued
    self.deadLetters = deadLetters
    self.oldest = oldest
  }
}
