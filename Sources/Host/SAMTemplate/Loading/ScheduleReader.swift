import Core
import FoundationEssentials
import Schedules

/// Reads `Schedule` and `ScheduleV2` events.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedule.html>
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedulev2.html>
struct ScheduleReader {
  let resolver: Resolver
  /// Logical id.
  let function: String

  private var diagnostics: Diagnostics { resolver.diagnostics }

  func rule(_ id: String, _ section: PropertySection) -> ScheduleRule? {
    let expression = expression(section, "Schedule", .rule)
    let name = section.string("Name") ?? function + id
    let enabled = section.bool("Enabled")
    let state = section.string("State", oneOf: ["ENABLED", "DISABLED"])
    if enabled != nil, state != nil {
      diagnostics.problem(section.node, "must have only one of Enabled and State")
    }
    let input = input(section)
    delivery(section)
    section.skip(["Description"])
    section.finish()
    guard let expression else { return nil }
    return ScheduleRule(
      name: name, arn: arn("events", "rule/\(name)"), kind: .rule, functionLogicalID: function, expression: expression,
      timeZone: "UTC", isEnabled: enabled ?? (state != "DISABLED"), input: input, startDate: nil, endDate: nil)
  }

  func schedule(_ id: String, _ section: PropertySection) -> ScheduleRule? {
    let expression = expression(section, "ScheduleExpression", .scheduler)
    let name = section.string("Name") ?? function + id
    let group = section.string("GroupName") ?? "default"
    let zone = section.string("ScheduleExpressionTimezone") ?? "UTC"
    do {
      _ = try TimeZoneRules.named(zone)
    } catch {
      diagnostics.problem(section.node["ScheduleExpressionTimezone"] ?? section.node, error.message)
    }
    let state = section.string("State", oneOf: ["ENABLED", "DISABLED"])
    let start = date(section, "StartDate")
    let end = date(section, "EndDate")
    if let start, let end, end <= start {
      diagnostics.problem(section.node["EndDate"] ?? section.node, "must be after StartDate")
    }
    if let window = section.section("FlexibleTimeWindow") {
      // The due time itself lies in every window.
      let mode = window.requiredString("Mode", oneOf: ["OFF", "FLEXIBLE"])
      let minutes = window.int("MaximumWindowInMinutes", in: 1...1440)
      if (mode == "FLEXIBLE") != (minutes != nil) {
        diagnostics.problem(window.node, "must have MaximumWindowInMinutes with the mode FLEXIBLE and only with it")
      }
      window.finish()
    }
    let input = input(section)
    delivery(section)
    section.skip(["Description", "OmitName"])
    section.ignore(["KmsKeyArn", "PermissionsBoundary", "RoleArn"])
    section.finish()
    guard let expression else { return nil }
    return ScheduleRule(
      name: name, arn: arn("scheduler", "schedule/\(group)/\(name)"), kind: .scheduler(group: group),
      functionLogicalID: function, expression: expression, timeZone: zone, isEnabled: state != "DISABLED",
      input: input, startDate: start, endDate: end)
  }

  private func expression(
    _ section: PropertySection, _ name: String, _ dialect: ScheduleExpression.Dialect
  ) -> ScheduleExpression? {
    guard let text = section.requiredString(name) else { return nil }
    do {
      return try ScheduleExpression(text, dialect: dialect)
    } catch {
      diagnostics.problem(section.node[name] ?? section.node, error.message)
      return nil
    }
  }

  private func input(_ section: PropertySection) -> String? {
    guard let text = section.string("Input") else { return nil }
    if (try? JSON.decode(JSONValue.self, from: Array(text.utf8))) == nil {
      diagnostics.problem(section.node["Input"] ?? section.node, "must be JSON, found '\(text.prefix(80))'")
    }
    return text
  }

  private func date(_ section: PropertySection, _ name: String) -> Int64? {
    guard let text = section.string(name) else { return nil }
    if let date = Date(iso8601: text) { return Int64(date.timeIntervalSince1970) }
    diagnostics.problem(
      section.node[name] ?? section.node, "must be a time such as 2026-01-31T08:00:00Z, found '\(text.prefix(80))'")
    return nil
  }

  /// How an event is handed to the function's queue. Here that is the transaction which notes that the schedule fired,
  /// so it neither needs further tries nor can it fail alone.
  private func delivery(_ section: PropertySection) {
    _ = RuleReader(resolver: resolver).retries(section)
    if let letters = section.section("DeadLetterConfig") {
      if let arn = letters.string("Arn") {
        _ = InvocationReader(resolver: resolver).queue(arn, letters.node["Arn"] ?? letters.node)
      }
      letters.skip(["QueueLogicalId"])
      if letters.string("Type", oneOf: ["SQS"]) != nil, letters.node["Arn"] == nil {
        diagnostics.problem(letters.node, "must name a queue by Arn: a queue that SAM makes cannot be honoured here")
      }
      letters.finish()
    }
  }

  private func arn(_ service: String, _ resource: String) -> String {
    let pseudo = resolver.pseudo
    return "arn:\(pseudo.partition):\(service):\(pseudo.region):\(pseudo.accountID):\(resource)"
  }
}
