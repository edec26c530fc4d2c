package import Core

/// Who receives the events of a rule.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html>
package struct RuleTarget: Codable, Sendable, Equatable {
  package struct DeadLetters: Codable, Sendable, Equatable {
    package var arn: String?

    package init(arn: String?) {
      self.arn = arn
    }

    enum CodingKeys: String, CodingKey { case arn = "Arn" }
  }

  package struct Retries: Codable, Sendable, Equatable {
    /// 0 to 185.
    package var maximumAttempts: Int?
    /// 60 to 86,400.
    package var maximumAgeSeconds: Int?

    package init(maximumAttempts: Int?, maximumAgeSeconds: Int?) {
      self.maximumAttempts = maximumAttempts
      self.maximumAgeSeconds = maximumAgeSeconds
    }

    enum CodingKeys: String, CodingKey {
      case maximumAttempts = "MaximumRetryAttempts", maximumAgeSeconds = "MaximumEventAgeInSeconds"
    }
  }

  package var id: String
  package var arn: String
  /// JSON text that the target receives instead of the event.
  package var input: String?
  /// The part of the event that the target receives, as `$.detail`.
  package var inputPath: String?
  /// `InputPathsMap` and `InputTemplate`.
  package var inputTransformer: JSONValue?
  package var deadLetters: DeadLetters?
  package var retries: Retries?

  package init(
    id: String, arn: String, input: String? = nil, inputPath: String? = nil, deadLetters: DeadLetters? = nil,
    retries: Retries? = nil
  ) {
    self.id = id
    self.arn = arn
    self.input = input
    self.inputPath = inputPath
    self.deadLetters = deadLetters
    self.retries = retries
  }

  enum CodingKeys: String, CodingKey {
    case id = "Id", arn = "Arn", input = "Input", inputPath = "InputPath", inputTransformer = "InputTransformer"
    case deadLetters = "DeadLetterConfig", retries = "RetryPolicy"
  }
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>
package struct PutTargetsRequest: Codable, Sendable, Equatable {
  package var rule: String
  package var eventBusName: String?
  package var targets: [RuleTarget]

  package init(rule: String, eventBusName: String? = nil, targets: [RuleTarget]) {
    self.rule = rule
    self.eventBusName = eventBusName
    self.targets = targets
  }

  enum CodingKeys: String, CodingKey { case rule = "Rule", eventBusName = "EventBusName", targets = "Targets" }
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html>
package struct RemoveTargetsRequest: Codable, Sendable, Equatable {
  package var rule: String
  package var eventBusName: String?
  package var ids: [String]

  package init(rule: String, eventBusName: String? = nil, ids: [String]) {
    self.rule = rule
    self.eventBusName = eventBusName
    self.ids = ids
  }

  enum CodingKeys: String, CodingKey { case rule = "Rule", eventBusName = "EventBusName", ids = "Ids" }
}

/// What `PutTargets` and `RemoveTargets` answer: which targets they could not take.
package struct TargetsResponse: Codable, Sendable, Equatable {
  package struct Failure: Codable, Sendable, Equatable {
    package var targetID: String
    package var errorCode: String
    package var errorMessage: String

    package init(targetID: String, errorCode: String, errorMessage: String) {
      self.targetID = targetID
      self.errorCode = errorCode
      self.errorMessage = errorMessage
    }

    enum CodingKeys: String, CodingKey {
      case targetID = "TargetId", errorCode = "ErrorCode", errorMessage = "ErrorMessage"
    }
  }

  package var failedEntryCount: Int
  package var failedEntries: [Failure]

  package init(failures: [Failure] = []) {
    failedEntryCount = failures.count
    failedEntries = failures
  }

  enum CodingKeys: String, CodingKey { case failedEntryCount = "FailedEntryCount", failedEntries = "FailedEntries" }
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html>
package struct ListTargetsByRuleRequest: Codable, Sendable, Equatable {
  package var rule: String
  package var eventBusName: String?
  package var nextToken: String?
  /// 1 to 100.
  package var limit: Int?

  package init(rule: String, eventBusName: String? = nil, nextToken: String? = nil, limit: Int? = nil) {
    self.rule = rule
    self.eventBusName = eventBusName
    self.nextToken = nextToken
    self.limit = limit
  }

  enum CodingKeys: String, CodingKey {
    case rule = "Rule", eventBusName = "EventBusName", nextToken = "NextToken", limit = "Limit"
  }
}

package struct ListTargetsByRuleResponse: Codable, Sendable, Equatable {
  package var targets: [RuleTarget]
  package var nextToken: String?

  package init(targets: [RuleTarget], nextToken: String? = nil) {
    self.targets = targets
    self.nextToken = nextToken
  }

  enum CodingKeys: String, CodingKey { case targets = "Targets", nextToken = "NextToken" }
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html>
package struct ListRuleNamesByTargetRequest: Codable, Sendable, Equatable {
  package var targetARN: String
  package var eventBusName: String?
  package var nextToken: String?
  /// 1 to 100.
  package var limit: Int?

  package init(targetARN: String, eventBusName: String? = nil, nextToken: String? = nil, limit: Int? = nil) {
    self.targetARN = targetARN
    self.eventBusName = eventBusName
    self.nextToken = nextToken
    self.limit = limit
  }

  enum CodingKeys: String, CodingKey {
    case targetARN = "TargetArn", eventBusName = "EventBusName", nextToken = "NextToken", limit = "Limit"
  }
}

package struct ListRuleNamesByTargetResponse: Codable, Sendable, Equatable {
  package var names: [String]
  package var nextToken: String?

  package init(names: [String], nextToken: String? = nil) {
    self.names = names
    self.nextToken = nextToken
  }

  enum CodingKeys: String, CodingKey { case names = "RuleNames", nextToken = "NextToken" }
}
