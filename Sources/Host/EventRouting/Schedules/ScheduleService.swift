package import Invocations
package import Core
import FoundationEssentials
package import Logging
package import SAMTemplate
import Schedules
import ServiceLifecycle

/// Fires the template's schedules: each due time once among all nodes that share the queue, which accepts a publication
/// of the schedule and that time only once.
package actor ScheduleService: Service {
  package struct Configuration: Sendable {
    package var region: String
    package var accountID: String
    /// Other nodes share the queue, which remembers publications for a day: what was due earlier than this many seconds
    /// ago is left to nodes that were up. `nil`: the queue is this node's own.
    package var catchUpSeconds: Int64?
    /// What was due within so many seconds before the first start fires then. Queued work of a host that keeps nothing
    /// ends with it, and cleaning up after that must not wait for the next full hour.
    package var secondsBeforeStart: Int64

    package init(
      region: String, accountID: String, catchUpSeconds: Int64? = nil, secondsBeforeStart: Int64 = 0
    ) {
      self.region = region
      self.accountID = accountID
      self.catchUpSeconds = catchUpSeconds
      self.secondsBeforeStart = secondsBeforeStart
    }
  }

  /// Clocks step and machines sleep, so the time of day is looked at at least this often.
  private static let longestSleep: Int64 = 30

  private var state: ScheduleState
  private let ledger: ScheduleLedger
  private let queue: any InvocationQueue
  private let configuration: Configuration
  private let clock: WallClock
  private let logger: Logger

  /// Blocks while the ledger and the time zones are read.
  ///
  /// - Throws: `ConfigurationError` for a time zone that this machine does not know.
  package init(
    _ rules: [ScheduleRule], functions: [String: String], ledger: ScheduleLedger, queue: any InvocationQueue,
    configuration: Configuration, clock: WallClock, logger: Logger
  ) throws(ConfigurationError) {
    var schedules: [ScheduleState.Schedule] = []
    for rule in rules {
      do {
        let zone = try TimeZoneRules.named(rule.timeZone)
        schedules.append(
          .init(rule: rule, function: functions[rule.functionLogicalID] ?? rule.functionLogicalID, zone: zone))
      } catch {
        throw ConfigurationError(problems: ["schedule '\(rule.name)': the time zone \(error.message)"])
      }
    }
    let now = Self.seconds(clock)
    let state = ScheduleState(
      schedules, handled: ledger.load(), now: now, begin: now - configuration.secondsBeforeStart)
    self.state = state
    self.ledger = ledger
    self.queue = queue
    self.configuration = configuration
    self.clock = clock
    self.logger = logger
    Self.save(state, ledger, logger)
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        let isDone = await self.fire()
        // A queue that is full or gone is asked again soon.
        try? await Task.sleep(for: .seconds(isDone ? self.untilNext : 1))
      }
    }
  }

  /// Fires what is due.
  ///
  /// - Returns: whether all of it has been queued.
  @discardableResult
  package func fire() async -> Bool {
    let now = Self.seconds(clock)
    var isComplete = true
    for due in state.due(at: now) {
      if let limit = configuration.catchUpSeconds, now - due.time > limit {
        state.handle(due)
        continue
      }
      do {
        try await publish(due)
        state.handle(due)
      } catch {
        isComplete = false
        logger.warning(
          "a schedule could not be queued", metadata: ["schedule": "\(due.schedule.rule.name)", "error": "\(error)"])
      }
      save()
    }
    return isComplete
  }

  package func statuses() -> [ScheduleStatus] { state.statuses(at: Self.seconds(clock)) }

  private func publish(_ due: ScheduleState.Due) async throws {
    let rule = due.schedule.rule
    let id = RequestID.make()
    let invocation = NewInvocation(
      id: id, function: due.schedule.function,
      payload: ScheduledEvent.payload(
        rule, time: due.time, id: id, region: configuration.region, accountID: configuration.accountID),
      enqueuedAt: clock.now())
    let (_, isNew) = try await queue.publish(
      key: "schedule \(rule.arn) \(due.time)", at: clock.now(), response: Array(id.utf8), invocations: [invocation])
    guard isNew else { return }
    logger.info("schedule fired", metadata: ["schedule": "\(rule.name)", "function": "\(due.schedule.function)"])
  }

  private var untilNext: Int64 {
    let now = Self.seconds(clock)
    guard let next = state.next(after: now) else { return Self.longestSleep }
    return max(1, min(Self.longestSleep, next - now))
  }

  private func save() { Self.save(state, ledger, logger) }

  private static func save(_ state: ScheduleState, _ ledger: ScheduleLedger, _ logger: Logger) {
    do {
      try ledger.save(state.handled)
    } catch {
      logger.warning("what schedules have done was not written down", metadata: ["error": "\(error)"])
    }
  }

  private static func seconds(_ clock: WallClock) -> Int64 { Int64(clock.now().timeIntervalSince1970.rounded(.down)) }
}
