import Invocations
package import LocalStorage
package import SQLiteQueue
package import Observability
package import EventBus
import FoundationEssentials
package import GRDB
package import Core
package import S3Protocol
import S3Server

/// Turns object changes into invocations.
package struct ObjectNotifier: Sendable {
  package struct Trigger: Sendable {
    /// Names the configuration in the event.
    package var id: String
    package var bucket: String
    /// `s3:ObjectCreated:*` and the like.
    package var events: [String]
    package var prefix: String?
    package var suffix: String?
    package var function: String

    package init(
      id: String, bucket: String, events: [String], prefix: String? = nil, suffix: String? = nil, function: String
    ) {
      self.id = id
      self.bucket = bucket
      self.events = events
      self.prefix = prefix
      self.suffix = suffix
      self.function = function
    }
  }

  package let triggers: [Trigger]
  /// Buckets whose events go to the default bus.
  package let eventBridgeBuckets: Set<String>
  /// Functions by ARN, for notification configurations set through the API.
  package let functionsByARN: [String: String]
  package let rules: RuleStore
  package let region: String
  package let accountID: String
  /// The queue's.
  package let clock: WallClock
  private let configurations = NotificationConfigurations()
  /// Told of every change that some target got, after the commit.
  package let onRouted: @Sendable (BusEventRecord) -> Void

  package init(
    triggers: [Trigger], eventBridgeBuckets: Set<String>, functionsByARN: [String: String], rules: RuleStore,
    region: String, accountID: String, clock: WallClock,
    onRouted: @escaping @Sendable (BusEventRecord) -> Void
  ) {
    self.triggers = triggers
    self.eventBridgeBuckets = eventBridgeBuckets
    self.functionsByARN = functionsByARN
    self.rules = rules
    self.region = region
    self.accountID = accountID
    self.clock = clock
    self.onRouted = onRouted
  }

  /// Whether changes in a bucket are announced whatever its own configuration says.
  package func isNotified(of bucket: String) -> Bool {
    eventBridgeBuckets.contains(bucket) || triggers.contains { $0.bucket == bucket }
  }

  /// The hook of the embedded object store: queues inside the transaction that commits the change.
  ///
  /// - Throws: what the storage throws; `S3Error` (`SlowDown`) where the queue is full. The object is then not stored.
  package func committed(_ change: ObjectChange, queue: SQLiteInvocationQueue, in db: Database) throws {
    guard change.sequencer != nil else { return }
    let routed = try route(change)
    let invocations = routed.flatMap(\.routing.invocations)
    guard !invocations.isEmpty else { return }
    do {
      try queue.enqueue(invocations, in: db)
    } catch let error as QueueError {
      throw S3Error(.slowDown, message: error.message)
    }
    db.afterNextTransaction(onCommit: { _ in tell(routed) })
  }

  /// Tells of changes whose invocations have been queued.
  func tell(_ routed: [Routed]) {
    for one in routed { onRouted(BusEventRecord(one.event, bus: one.bus, one.routing, at: clock.now())) }
  }

  /// Refuses notification configurations with targets that cannot be reached here.
  package func check(_ configuration: NotificationConfiguration) throws(S3Error) {
    for target in configuration.targets {
      guard target.kind == .function, function(arn: target.arn) != nil else {
        throw S3Error(
          .invalidArgument,
          message: "Unable to validate the following destination configurations: '\(target.arn)' is not a function of "
            + "this runtime")
      }
    }
  }

  /// Where a change goes.
  struct Routed {
    var event: BusEvent
    /// nil: straight to the functions.
    var bus: String?
    var routing: EventRouter.Routing
  }

  func route(_ change: ObjectChange) throws -> [Routed] {
    var all = triggers.filter { $0.bucket == change.bucket }
    var toBus = eventBridgeBuckets.contains(change.bucket)
    if let configuration = change.notificationConfiguration {
      let configured = try configurations.decode(configuration)
      toBus = toBus || configured.eventBridge
      all += configured.targets.compactMap { target in
        function(arn: target.arn).map {
          Trigger(
            id: target.id ?? $0, bucket: change.bucket, events: target.events, prefix: target.prefix,
            suffix: target.suffix, function: $0)
        }
      }
    }
    let now = clock.now()
    let matching = all.filter { $0.matches(change) }
    guard toBus || !matching.isEmpty else { return [] }
    let busEvent = change.busEvent(id: RequestID.make(), region: region, account: accountID)
    var routed: [Routed] = []
    if !matching.isEmpty {
      let invocations = try matching.map { trigger in
        NewInvocation(
          id: RequestID.make(), function: trigger.function,
          payload: try JSON.encode(
            change.notification(configurationID: trigger.id, region: region, account: accountID)),
          messageGroupID: change.key,
          enqueuedAt: now)
      }
      routed.append(
        Routed(event: busEvent, bus: nil, routing: .init(rules: matching.map(\.id), invocations: invocations)))
    }
    if toBus {
      routed.append(
        Routed(
          event: busEvent, bus: "default", routing: rules.router.route(busEvent, bus: "default", now: now)))
    }
    return routed
  }

  private func function(arn: String) -> String? {
    functionsByARN[arn] ?? (arn.hasSuffix(":$LATEST") ? functionsByARN[String(arn.dropLast(8))] : nil)
  }
}

extension ObjectNotifier.Trigger {
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
  func matches(_ change: ObjectChange) -> Bool {
    let name = "s3:\(change.event.rawValue)"
    let isWanted = events.contains { wanted in
      wanted.hasSuffix("*") ? name.hasPrefix(wanted.dropLast()) : wanted == name
    }
    return isWanted && change.key.hasPrefix(bytes: prefix) && change.key.hasSuffix(bytes: suffix)
  }
}

extension String {
  /// Bytes, as S3 compares: `String` would take differently composed letters for the same.
  fileprivate func hasPrefix(bytes: String?) -> Bool { bytes.map { utf8.starts(with: $0.utf8) } ?? true }
  fileprivate func hasSuffix(bytes: String?) -> Bool {
    bytes.map { utf8.reversed().starts(with: $0.utf8.reversed()) } ?? true
  }
}
