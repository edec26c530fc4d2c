import EventRouting
import EventBus
import Core

/// Rules and their targets.
extension EventBridgeAPI {
  /// Keeps the targets of a rule that is there already.
  func putRule(_ request: PutRuleRequest) async throws -> PutRuleResponse {
    let key = try key(request.name, request.eventBusName)
    // Only here: names that SAM makes of logical ids may be longer.
    guard (1...64).contains(key.name.utf8.count), key.name.utf8.allSatisfy(BusRule.isNameCharacter) else {
      throw ServiceError.validation(
        "Name must be 1 to 64 of the characters . - _ A-Z a-z 0-9, found '\(key.name.prefix(80))'")
    }
    let pattern = try request.patternText()
    try await bus.rules.change(key) { old in
      try BusRule(
        key: key, patternText: pattern, state: request.state ?? .enabled, description: request.description,
        targets: old?.targets ?? [])
    }
    return PutRuleResponse(ruleARN: arn(key))
  }

  func describeRule(_ reference: RuleReference) throws(ServiceError) -> RuleDescription {
    describe(try rule(reference.name, reference.eventBusName))
  }

  func listRules(_ request: ListRulesRequest) throws(ServiceError) -> ListRulesResponse {
    let rules = bus.rules.rules(on: try busName(request.eventBusName))
      .filter { $0.key.name.hasPrefix(request.namePrefix ?? "") }
    let (page, next) = try page(of: rules, request.nextToken, request.limit)
    return ListRulesResponse(rules: page.map(describe), nextToken: next)
  }

  func setState(_ state: RuleState, of reference: RuleReference) async throws -> [UInt8] {
    let key = try key(reference.name, reference.eventBusName)
    try await bus.rules.change(key) { old in
      guard var rule = old else { throw Self.absent(key) }
      rule.state = state
      return rule
    }
    return []
  }

  /// As with EventBridge, it is no error that there is none.
  func deleteRule(_ reference: RuleReference) async throws -> [UInt8] {
    try await bus.rules.change(try key(reference.name, reference.eventBusName)) { old in
      guard old?.targets.isEmpty ?? true else {
        throw ServiceError.validation("Rule can't be deleted since it has targets.")
      }
      return nil
    }
    return []
  }

  /// Targets replace those of the same id; those that cannot be taken are reported one by one.
  func putTargets(_ request: PutTargetsRequest) async throws -> TargetsResponse {
    let key = try key(request.rule, request.eventBusName)
    guard (1...100).contains(request.targets.count) else {
      throw ServiceError.validation("Targets must be 1 to 100, found \(request.targets.count)")
    }
    var targets: [BusRule.Target] = []
    var failures: [TargetsResponse.Failure] = []
    for target in request.targets {
      do throws(ServiceError) {
        targets.append(try bus.rules.target(target))
      } catch {
        failures.append(.init(targetID: target.id, errorCode: error.code, errorMessage: error.message))
      }
    }
    let accepted = targets
    try await bus.rules.change(key) { old in
      guard var rule = old else { throw Self.absent(key) }
      for target in accepted {
        rule.targets.removeAll { $0.described.id == target.described.id }
        rule.targets.append(target)
      }
      guard rule.targets.count <= RuleStore.maximumTargets else {
        throw ServiceError(
          code: "LimitExceededException",
          message: "a rule has at most \(RuleStore.maximumTargets) targets, this one would have \(rule.targets.count)")
      }
      return rule
    }
    return TargetsResponse(failures: failures)
  }

  func removeTargets(_ request: RemoveTargetsRequest) async throws -> TargetsResponse {
    let key = try key(request.rule, request.eventBusName)
    try await bus.rules.change(key) { old in
      guard var rule = old else { throw Self.absent(key) }
      rule.targets.removeAll { request.ids.contains($0.described.id) }
      return rule
    }
    return TargetsResponse()
  }

  func listTargets(_ request: ListTargetsByRuleRequest) throws(ServiceError) -> ListTargetsByRuleResponse {
    let targets = try rule(request.rule, request.eventBusName).targets.map(\.described)
    let (page, next) = try page(of: targets, request.nextToken, request.limit)
    return ListTargetsByRuleResponse(targets: Array(page), nextToken: next)
  }

  func listNames(_ request: ListRuleNamesByTargetRequest) throws(ServiceError) -> ListRuleNamesByTargetResponse {
    let rules = bus.rules.rules(on: try busName(request.eventBusName))
      .filter { $0.targets.contains { $0.described.arn == request.targetARN } }
    let (page, next) = try page(of: rules, request.nextToken, request.limit)
    return ListRuleNamesByTargetResponse(names: page.map(\.key.name), nextToken: next)
  }

  // MARK: Names

  private func busName(_ text: String?) throws(ServiceError) -> String {
    let name = EventRouter.busName(text)
    guard bus.rules.busNames.contains(name) else { throw .notFound("Event bus \(name) does not exist.") }
    return name
  }

  private func key(_ name: String, _ bus: String?) throws(ServiceError) -> BusRule.Key {
    BusRule.Key(bus: try busName(bus), name: name)
  }

  private func rule(_ name: String, _ bus: String?) throws(ServiceError) -> BusRule {
    let key = try key(name, bus)
    guard let rule = self.bus.rules.rule(key) else { throw Self.absent(key) }
    return rule
  }

  private static func absent(_ key: BusRule.Key) -> ServiceError {
    .notFound("Rule \(key.name) does not exist on EventBus \(key.bus).")
  }

  private func arn(_ key: BusRule.Key) -> String {
    key.arn(region: bus.region, account: bus.accountID)
  }

  private func describe(_ rule: BusRule) -> RuleDescription {
    RuleDescription(
      name: rule.key.name, arn: arn(rule.key), eventPattern: rule.patternText, state: rule.state,
      description: rule.description, eventBusName: rule.key.bus, managedBy: rule.isOfTemplate ? "template" : nil)
  }

  private func page<Element>(
    of all: [Element], _ token: String?, _ limit: Int?
  ) throws(ServiceError) -> (page: ArraySlice<Element>, next: String?) {
    let start = token.flatMap { Int($0) } ?? 0
    guard (0...all.count).contains(start) else { throw .validation("NextToken is not one that was given out") }
    let page = all[start..<min(all.count, start + min(max(limit ?? 100, 1), 100))]
    return (page, page.endIndex < all.count ? String(page.endIndex) : nil)
  }
}
