import Core
import Encodings
import EventBus
import EventRouting
import FoundationEssentials
import Invocations
import SAMTemplate
import Webhooks

/// What of the template is posted to addresses elsewhere, and the rules that stand by themselves.
extension RuntimePlan {
  /// EventBridge's own limits of a target.
  private static let defaultRetries = (attempts: 185, ageSeconds: 86_400)

  /// Adds the template's webhooks with their policies, and its `AWS::Events::Rule`s.
  ///
  /// - Parameters:
  ///   - functions: names of those that run here, by logical id.
  ///   - queues: names of queues, by logical id.
  ///   - problems: gets everything that is wrong.
  mutating func addEventRules(
    _ template: Template, functions: [String: String], queues: [String: String], problems: inout [String]
  ) {
    for resource in template.apiDestinations {
      do throws(WebhookProblems) {
        let webhook = try Webhook(resource)
        webhooks.append(webhook)
        policies.append(
          Self.policy(
            of: webhook,
            template.eventRules.flatMap(\.targets).filter {
              $0.recipient == .apiDestination(logicalID: resource.logicalID)
            }, queues: queues, problems: &problems))
      } catch {
        problems += error.problems.map { "Resources.\(resource.logicalID).\($0.place): \($0.message)" }
      }
    }
    let destinations = Dictionary(
      template.apiDestinations.map { ($0.logicalID, Webhook.queueName($0.name)) },
      uniquingKeysWith: { first, _ in first })
    for resource in template.eventRules {
      do {
        let targets = try resource.targets.compactMap { target -> BusRule.Target? in
          let recipient =
            switch target.recipient {
            case .function(let id): functions[id]
            case .apiDestination(let id): destinations[id]
            }
          return try recipient.map { name in
            BusRule.Target(
              id: target.id, function: name, arn: target.arn,
              input: try TargetInput(target.delivery))
          }
        }
        guard targets.count <= RuleStore.maximumTargets else {
          problems.append("rule '\(resource.name)': has more than \(RuleStore.maximumTargets) targets")
          continue
        }
        rules.append(
          try BusRule(
            key: BusRule.Key(bus: EventRouter.busName(resource.busName), name: resource.name),
            patternText: String(decoding: try JSON.encode(resource.pattern), as: UTF8.self),
            state: resource.isEnabled ? .enabled : .disabled, isOfTemplate: true, targets: targets))
      } catch {
        problems.append("rule '\(resource.name)': \((error as? any ClassifiedError)?.message ?? "\(error)")")
      }
    }
  }

  /// A webhook has one queue, so all targets that name it share how often it is tried.
  private static func policy(
    of webhook: Webhook, _ targets: [EventRuleResource.Target], queues: [String: String], problems: inout [String]
  ) -> FunctionPolicy {
    func agreed<Value: Hashable>(_ property: String, _ value: (TargetDelivery) -> Value?) -> Value? {
      let values = Set(targets.map { value($0.delivery) })
      if values.count > 1 {
        problems.append(
          "API destination '\(webhook.name)': its targets must have the same \(property) here; "
            + "use a second API destination")
      }
      return values.first ?? nil
    }
    let attempts = agreed("RetryPolicy.MaximumRetryAttempts", \.maximumRetryAttempts)
    let age = agreed("RetryPolicy.MaximumEventAgeInSeconds", \.maximumEventAgeSeconds)
    let queue = agreed("DeadLetterConfig", \.deadLetterQueue)
    return FunctionPolicy(
      name: webhook.queueName, takesSlot: false, maximumRetryAttempts: attempts ?? defaultRetries.attempts,
      maximumEventAge: .seconds(age ?? defaultRetries.ageSeconds), deadLetterQueue: queue.map { queues[$0] ?? $0 })
  }
}

extension TargetInput {
  init(_ delivery: TargetDelivery) throws(Invalid) {
    try self.init(input: delivery.input, path: delivery.inputPath, transformer: delivery.inputTransformer)
  }
}

extension WebhookProblems.Problem {
  /// Below the resource.
  fileprivate var place: String { property.hasPrefix("Metadata.") ? property : "Properties.\(property)" }
}

extension Webhook {
  /// An API key that is a secret of Standard Webhooks signs the requests and is not sent. Blanks separate several of them.
  fileprivate init(_ resource: APIDestinationResource) throws(WebhookProblems) {
    var (headers, secrets): ([(String, String)], [String]) = ([], [])
    switch resource.authorization {
    case .apiKey(_, let value) where value.hasPrefix(WebhookSignature.prefix):
      secrets = value.split(separator: " ").map(String.init)
    case .apiKey(let name, let value):
      headers = [(name, value)]
    case .basic(let username, let password):
      headers = [("Authorization", "Basic \(Base64.encode(Array("\(username):\(password)".utf8)))")]
    }
    try self.init(
      name: resource.name, arn: resource.arn, method: resource.method, endpoint: resource.endpoint,
      query: resource.query.map { ($0.name, $0.value) },
      headers: headers + resource.headers.map { ($0.name, $0.value) },
      signingSecrets: secrets, allowedAddresses: resource.allowedAddresses, rateLimit: resource.rateLimit)
  }
}
