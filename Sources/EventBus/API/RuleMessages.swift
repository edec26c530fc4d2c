import Core

/// A rule as `ListRules`, `DescribeRule` and `PutRule` show it.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Rule.html>
package struct RuleDescription: Codable, Sendable, Equatable {
  package var name: String
  package var arn: String
  /// JSON text.
  package var eventPattern: String?
  package var state: RuleState
  package var description: String?
  package var eventBusName: String
  /// What alone can change it.
  package var managedBy: String?

  package init(
    name: String, arn: String, eventPattern: String?, state: RuleState, description: String? = nil,
    eventBusName: String, managedBy: String? = nil
  ) {
    self.name = name
    self.arn = arn
    self.eventPattern = eventPattern
    self.state = state
    self.description = description
    self.eventBusName = eventBusName
    self.managedBy = managedBy
  }

  enum CodingKeys: String, CodingKey {
    case name = "Name", arn = "Arn", eventPattern = "EventPattern", state = "State", description = "Description"
    case eventBusName = "EventBusName", managedBy = "ManagedBy"
  }
}

package enum RuleState: String, Codable, Sendable {
  case enabled = "ENABLED"
  case disabled = "DISABLED"
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html>
package struct ListRulesRequest: Codable, Sendable, Equatable {
  package var namePrefix: String?
  package var eventBusName: String?
  package var nextToken: String?
  /// 1 to 100.
  package var limit: Int?

  package init(namePrefix: String? = nil, eventBusName: String? = nil, nextToken: String? = nil, limit: Int? = nil) {
    self.namePrefix = namePrefix
    self.eventBusName = eventBusName
    self.nextToken = nextToken
    self.limit = limit
  }

  enum CodingKeys: String, CodingKey {
    case namePrefix = "NamePrefix", eventBusName = "EventBusName", nextToken = "NextToken", limit = "Limit"
  }
}

package struct ListRulesResponse: Codable, Sendable, Equatable {
  package var rules: [RuleDescription]
  package var nextToken: String?

  package init(rules: [RuleDescription], nextToken: String? = nil) {
    self.rules = rules
    self.nextToken = nextToken
  }

  enum CodingKeys: String, CodingKey { case rules = "Rules", nextToken = "NextToken" }
}

/// `DescribeRule` and `DeleteRule`; the former answers a `RuleDescription`.
package struct RuleReference: Codable, Sendable, Equatable {
  package var name: String
  package var eventBusName: String?

  package init(name: String, eventBusName: String? = nil) {
    self.name = name
    self.eventBusName = eventBusName
  }

  enum CodingKeys: String, CodingKey { case name = "Name", eventBusName = "EventBusName" }
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>
package struct PutRuleRequest: Codable, Sendable, Equatable {
  package var name: String
  package var eventPattern: String?
  /// Present only in requests for schedules, which the embedded bus does not run.
  package var scheduleExpression: String?
  package var state: RuleState?
  package var description: String?
  package var eventBusName: String?

  package init(
    name: String, eventPattern: String?, scheduleExpression: String? = nil, state: RuleState? = nil,
    description: String? = nil, eventBusName: String? = nil
  ) {
    self.name = name
    self.eventPattern = eventPattern
    self.scheduleExpression = scheduleExpression
    self.state = state
    self.description = description
    self.eventBusName = eventBusName
  }

  enum CodingKeys: String, CodingKey {
    case name = "Name", eventPattern = "EventPattern", scheduleExpression = "ScheduleExpression", state = "State"
    case description = "Description", eventBusName = "EventBusName"
  }

  /// The text of the pattern that the rule is to have; whether it is a pattern is another question.
  ///
  /// - Throws: `ServiceError` (`ValidationException`) for a schedule, no pattern, or one that is too long.
  package func patternText() throws(ServiceError) -> String {
    guard scheduleExpression == nil else {
      throw .validation("ScheduleExpression is not honoured by this runtime: rules match events")
    }
    guard let eventPattern else { throw .validation("EventPattern must be given") }
    try EventPatternText.validate(eventPattern)
    return eventPattern
  }
}

package struct PutRuleResponse: Codable, Sendable, Equatable {
  package var ruleARN: String

  package init(ruleARN: String) {
    self.ruleARN = ruleARN
  }

  enum CodingKeys: String, CodingKey { case ruleARN = "RuleArn" }
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html>
package struct TestEventPatternRequest: Codable, Sendable, Equatable {
  /// JSON text.
  package var eventPattern: String
  /// JSON text of an envelope.
  package var event: String

  package init(eventPattern: String, event: String) {
    self.eventPattern = eventPattern
    self.event = event
  }

  enum CodingKeys: String, CodingKey { case eventPattern = "EventPattern", event = "Event" }

  /// Whether the pattern matches the event.
  ///
  /// - Throws: `ServiceError` (`InvalidEventPatternException`, or `ValidationException` for an event that is not an
  ///   envelope and for a pattern that is too long).
  package func result() throws(ServiceError) -> TestEventPatternResponse {
    try EventPatternText.validate(eventPattern)
    let pattern: EventPattern
    do {
      pattern = try EventPattern(text: Array(eventPattern.utf8))
    } catch {
      throw ServiceError(code: error.code, message: error.message)
    }
    let json: JSONValue
    do {
      json = try JSON.decode(JSONValue.self, from: Array(event.utf8))
      _ = try BusEvent(json: json)
    } catch let error as BusEvent.InvalidEnvelope {
      throw .validation(error.message)
    } catch {
      throw .validation("Event must be a JSON object, found text that is not JSON")
    }
    return TestEventPatternResponse(result: pattern.matches(json))
  }
}

package struct TestEventPatternResponse: Codable, Sendable, Equatable {
  package var result: Bool

  package init(result: Bool) {
    self.result = result
  }

  enum CodingKeys: String, CodingKey { case result = "Result" }
}

/// The member `EventPattern` of requests.
private enum EventPatternText {
  static let maximumLength = 4096

  /// - Throws: `ServiceError` (`ValidationException`) where it is too long.
  static func validate(_ text: String) throws(ServiceError) {
    let count = text.unicodeScalars.count
    guard count <= maximumLength else {
      throw .validation("EventPattern must have at most \(maximumLength) characters, found \(count)")
    }
  }
}
