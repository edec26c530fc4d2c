package import Invocations
package import Observability
package import EventBus
import FoundationEssentials
package import Core

/// The embedded event bus: an event is accepted and its targets are queued in one transaction.
package struct LocalEventBus: Sendable {
  package let rules: RuleStore
  package let queue: any InvocationQueue
  package let region: String
  package let accountID: String
  package let clock: WallClock
  /// Told of every accepted event and where it went, after the commit.
  package let onRouted: @Sendable (BusEventRecord) -> Void

  package init(
    rules: RuleStore, queue: any InvocationQueue, region: String, accountID: String, clock: WallClock,
    onRouted: @escaping @Sendable (BusEventRecord) -> Void
  ) {
    self.rules = rules
    self.queue = queue
    self.region = region
    self.accountID = accountID
    self.clock = clock
    self.onRouted = onRouted
  }

  /// `PutEvents`: single entries may be refused, the others are accepted.
  ///
  /// - Parameter idempotencyKey: a repetition with the same key within 24 hours gets the first answer again and
  ///   queues nothing.
  /// - Returns: the JSON of a `PutEventsResponse`, as it is stored for repetitions.
  /// - Throws: `ServiceError` for the request as a whole; what the storage throws.
  package func putEvents(_ request: PutEventsRequest, idempotencyKey: String?) async throws -> [UInt8] {
    try request.validate()
    let now = clock.now()
    let (entries, invocations, records) = plan(request.entries, now: now)
    // A partly failed batch comes again with its failed entries only, under another key.
    let body = try JSON.encode(PutEventsResponse(entries: entries))
    do {
      let published = try await queue.publish(
        key: idempotencyKey, at: now, response: body, invocations: invocations)
      if published.isNew { for record in records { onRouted(record) } }
      return published.response
    } catch let error as QueueError {
      throw ServiceError(code: "ThrottlingException", message: error.message, httpStatus: 429)
    }
  }

  private func plan(
    _ entries: [PutEventsRequest.Entry], now: Date
  ) -> ([PutEventsResponse.Entry], [NewInvocation], [BusEventRecord]) {
    let router = rules.router
    var invocations: [NewInvocation] = []
    var records: [BusEventRecord] = []
    let responses = entries.map { entry in
      do throws(EntryRefusal) {
        let valid = try entry.validated()
        let bus = EventRouter.busName(valid.eventBusName)
        guard router.hasBus(bus) else {
          throw EntryRefusal(code: "ResourceNotFoundException", message: "Event bus \(bus) does not exist.")
        }
        let event = BusEvent(
          id: RequestID.make(), entry: valid, account: accountID, region: region, acceptedAt: now)
        let routing = router.route(event, bus: bus, now: now)
        invocations += routing.invocations
        records.append(BusEventRecord(event, bus: bus, routing, at: now))
        return PutEventsResponse.Entry(eventID: event.id)
      } catch {
        return PutEventsResponse.Entry(error)
      }
    }
    return (responses, invocations, records)
  }
}
