import Core

/// Joins identical work: while an invocation runs, another of the same function for the same work does not run as well
/// but shares its end. Pure.
package struct WorkInFlight {
  /// What an invocation is about: of its event, the member that its function's template names.
  package struct Identity: Hashable, Sendable {
    package let function: String
    let work: JSONValue

    /// - Parameter member: the event's top-level member, `FunctionPolicy.identity`.
    /// - Returns: `nil` where the event has no such member: it stands for itself.
    package init?(_ invocation: NewInvocation, member: String) {
      guard let work = (try? JSON.decode(JSONValue.self, from: invocation.payload))?[member], work != .null else {
        return nil
      }
      function = invocation.function
      self.work = work
    }
  }

  /// How many may wait for one run; more of the same run by themselves, so that memory stays bounded.
  static let maximumJoined = 256

  private var joined: [Identity: [ClaimedInvocation]] = [:]

  package init() {}

  /// - Returns: whether it is to be run: nothing of the kind is running.
  package mutating func begin(_ claimed: ClaimedInvocation, _ identity: Identity) -> Start {
    guard let waiting = joined[identity] else {
      joined[identity] = []
      return .leads
    }
    guard waiting.count < Self.maximumJoined else { return .runsByItself }
    joined[identity]?.append(claimed)
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
  package mutating func end(_ identity: Identity) -> [ClaimedInvocation] {
    joined.removeValue(forKey: identity) ?? []
  }
}
