import Checksums
import Core
import Encodings

/// Says once, when an invocation is enqueued, what work it is about: a digest of the event's member that its function's
/// template names. Two invocations of a function with the same one ask for the same work.
package struct DeduplicationRules: Sendable {
  private let members: [String: String]

  /// - Parameter members: of the event's top level, by function; functions that are not named have no such member.
  package init(_ members: [String: String] = [:]) {
    self.members = members
  }

  /// The same invocations with their `deduplicationID`; without one where the event lacks the member.
  package func identify(_ invocations: [NewInvocation]) -> [NewInvocation] {
    members.isEmpty ? invocations : invocations.map(identify)
  }

  private func identify(_ invocation: NewInvocation) -> NewInvocation {
    guard let member = members[invocation.function],
      let work = (try? JSON.decode(JSONValue.self, from: invocation.payload))?[member], work != .null,
      // Members in the order of their names: the same work is the same text.
      let text = try? JSON.encode(work)
    else { return invocation }
    var identified = invocation
    identified.deduplicationID = Digest.sha256(text).prefix(16).hexString
    return identified
  }
}
