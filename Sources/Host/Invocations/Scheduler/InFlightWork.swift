/// Single flight: while an invocation runs, another of the same function for the same work does not run as well but
/// shares its end. Pure.
package struct InFlightWork {
  /// What an invocation is about.
  package struct DeduplicationKey: Hashable, Sendable {
    package let function: String
    let id: String

    /// - Returns: `nil` if the invocation stands for itself.
    package init?(_ invocation: NewInvocation) {
      guard let id = invocation.deduplicationID else { return nil }
      function = invocation.function
      self.id = id
    }
  }

  /// How many may wait for one run; more of the same run by themselves, so that memory stays bounded.
  static let maximumJoined = 256

  private var joined: [DeduplicationKey: [ClaimedInvocation]] = [:]

  package init() {}

  /// - Returns: whether it is to be run: nothing of the kind is running.
  package mutating func begin(_ claimed: ClaimedInvocation, _ key: DeduplicationKey) -> Start {
    guard let waiting = joined[key] else {
      joined[key] = []
      return .leads
    }
    guard waiting.count < Self.maximumJoined else { return .runsByItself }
    joined[key]?.append(claimed)
    return .isJoined
  }

  package enum Start: Sendable {
    /// To be run, and `end` to be called.
    case leads
    /// To be run, without `end`.
    case runsByItself
    /// Not to be run.
    case isJoined
  }

  /// The run that led has ended. Returns those that waited for it.
  package mutating func end(_ key: DeduplicationKey) -> [ClaimedInvocation] {
    joined.removeValue(forKey: key) ?? []
  }
}
