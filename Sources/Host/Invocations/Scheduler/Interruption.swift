import Core
import FoundationEssentials
import FunctionHost
import Logging

/// The end of a queue that goes with its process. Of each invocation that still waits, the function's on-failure destination
/// is told that it was interrupted, so that job documents say so.
package struct Interruption: Sendable {
  let policies: [FunctionPolicy]
  let dependencies: Scheduler.Dependencies

  package init(policies: [FunctionPolicy], dependencies: Scheduler.Dependencies) {
    self.policies = policies
    self.dependencies = dependencies
  }

  /// How long telling may take, all of it.
  private static let timeout = Duration.seconds(10)
  /// Destinations that are told side by side.
  private static let width = 4

  /// Takes what waits out of the queue and tells the destinations. What no destination is to be told of is left.
  package func record() async {
    var wanted: [String: Int] = [:]
    for policy in policies where policy.onFailure != nil {
      wanted[policy.name] = 256
      // Records that wait already are delivered.
      if case .function(let name)? = policy.onFailure { wanted[name] = 256 }
    }
    let end = ContinuousClock.now + Self.timeout
    // Retries that are due later are lost as well.
    while ContinuousClock.now < end {
      do {
        let batches = try await dependencies.queue.claim(wanted, at: dependencies.clock.now().addingTimeInterval(1e9))
        let claimed = batches.values.flatMap(\.invocations)
        if claimed.isEmpty { return }
        await tell(of: claimed, until: end)
        try await dependencies.queue.finish(claimed.map { .done($0.number, followUps: []) })
      } catch {
        dependencies.logger.error("interrupted work cannot be recorded", metadata: ["error": "\(error)"])
        return
      }
    }
  }

  private func tell(of claimed: [ClaimedInvocation], until end: ContinuousClock.Instant) async {
    var rest = claimed.flatMap(deliveries)[...]
    await withTaskGroup(of: Void.self) { group in
      func tellNext() {
        guard ContinuousClock.now < end, let delivery = rest.popFirst() else { return }
        group.addTask {
          let result = await dependencies.invoke(
            delivery.function, InvocationRequest(requestID: delivery.id, payload: delivery.payload))
          guard case .success = result.outcome else {
            dependencies.logger.error(
              "interrupted work could not be recorded",
              metadata: ["function": "\(delivery.function)", "requestID": "\(delivery.id)"])
            return
          }
        }
      }
      for _ in 0..<Self.width { tellNext() }
      for await _ in group { tellNext() }
    }
  }

  private func deliveries(_ claimed: ClaimedInvocation) -> [NewInvocation] {
    guard let target = policies.first(where: { $0.name == claimed.invocation.function })?.onFailure else {
      return [claimed.invocation]
    }
    let failure = FunctionFailure(
      kind: .cancelled, type: "Interrupted", message: "interrupted: the host ended before the work was done")
    let record = DestinationRecord.make(
      invocation: claimed.invocation, functionARN: dependencies.functionARN(claimed.invocation.function),
      condition: "Interrupted", attempts: claimed.failedAttempts, outcome: .failure(failure),
      at: dependencies.clock.now())
    return dependencies.route(target, record, claimed.invocation)
  }
}
