/// What the template says about a function's asynchronous invocations.
package struct FunctionPolicy: Sendable {
  package var name: String
  /// Share of free slots among functions that have work.
  package var weight: Int
  /// Invocations at the same time; nil: only the overall limit counts. 0: none are run.
  package var concurrency: Int?
  /// The member of the event that says what the work is: of two invocations with the same one only one runs at a time,
  /// and its success is the other's. nil: every invocation stands for itself.
  package var identity: String?
  /// Path of the member of an event that says which message group it is of: `["detail", "customer"]`. Empty: none does.
  package var messageGroup: [String]
  /// Whether invocations of one group that were queued one after another are best given to the same process so.
  package var isSequential: Bool
  /// Whether a run needs one of the host's slots. A run that only waits for another machine needs none: slow receivers must
  /// not hold up work that computes. Then `concurrency` is the only limit, `concurrencyWithoutSlots` by default.
  package var takesSlot: Bool
  /// Tries after the first.
  package var maximumRetryAttempts: Int
  package var maximumEventAge: Duration
  /// Name of the dead-letter queue, for people; letters are kept without one as well.
  package var deadLetterQueue: String?
  package var onSuccess: DestinationTarget?
  package var onFailure: DestinationTarget?

  package static let concurrencyWithoutSlots = 8

  package init(
    name: String, weight: Int = 50, concurrency: Int? = nil, identity: String? = nil,
    messageGroup: [String] = [], isSequential: Bool = false, takesSlot: Bool = true, maximumRetryAttempts: Int = 2,
    maximumEventAge: Duration = .seconds(21_600),
    deadLetterQueue: String? = nil, onSuccess: DestinationTarget? = nil, onFailure: DestinationTarget? = nil
  ) {
    self.name = name
    self.weight = weight
    self.concurrency = concurrency
    self.identity = identity
    self.messageGroup = messageGroup
    self.isSequential = isSequential
    self.takesSlot = takesSlot
    self.maximumRetryAttempts = maximumRetryAttempts
    self.maximumEventAge = maximumEventAge
    self.deadLetterQueue = deadLetterQueue
    self.onSuccess = onSuccess
    self.onFailure = onFailure
  }
}

/// Where the record of an asynchronous invocation goes.
package enum DestinationTarget: Sendable, Equatable {
  case function(String)
  case eventBus(String)
}
