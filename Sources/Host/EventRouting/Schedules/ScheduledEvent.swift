import Core
import FoundationEssentials
import SAMTemplate

/// What a function receives when its schedule fires.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html>
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html>
enum ScheduledEvent {
  /// - Parameters:
  ///   - time: when it was due, seconds since 1970.
  ///   - id: of the event.
  static func payload(_ rule: ScheduleRule, time: Int64, id: String, region: String, accountID: String) -> [UInt8] {
    let due = Date(timeIntervalSince1970: Double(time)).iso8601()
    if let input = rule.input { return Array(replaced(input, rule, due: due, id: id).utf8) }
    let (source, detail): (String, JSONValue) =
      switch rule.kind {
      case .rule: ("aws.events", .object([:]))
      // The scheduler's own default has its detail as a string.
      case .scheduler: ("aws.scheduler", .string("{}"))
      }
    let event = JSONValue.object([
      "version": .string("0"), "id": .string(id), "detail-type": .string("Scheduled Event"),
      "source": .string(source), "account": .string(accountID), "time": .string(due), "region": .string(region),
      "resources": .array([.string(rule.arn)]), "detail": detail,
    ])
    // Strings only: encoding cannot fail.
    return (try? JSON.encode(event)) ?? []
  }

  /// Rules pass their input on as it is; the scheduler fills in what it knows.
  private static func replaced(_ input: String, _ rule: ScheduleRule, due: String, id: String) -> String {
    guard case .scheduler = rule.kind else { return input }
    return
      input
      .replacing("<aws.scheduler.scheduled-time>", with: due)
      .replacing("<aws.scheduler.execution-id>", with: id)
      .replacing("<aws.scheduler.attempt-number>", with: "1")
      .replacing("<aws.scheduler.schedule-arn>", with: rule.arn)
  }
}
