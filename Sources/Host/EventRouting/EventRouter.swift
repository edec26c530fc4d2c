package import Invocations
package import EventBus
package import FoundationEssentials
import Core

/// Which functions an event reaches: pure.
package struct EventRouter: Sendable {
  private struct Entry: Sendable {
    var rule: BusRule.Key
    var targets: [BusRule.Target]
  }

  /// What an event comes to.
  package struct Routing: Sendable {
    /// Names of the rules that it matched.
    package var rules: [String] = []
    /// One per target that could be reached.
    package var invocations: [NewInvocation] = []
  }

  /// S3's events name their object there.
  private static let objectKey = ["detail", "object", "key"]

  private let indexes: [String: RuleIndex<Entry>]
  private let groups: [String: [String]]

  /// - Parameters:
  ///   - rules: in the order in which their targets are reached.
  ///   - buses: all that exist.
  ///   - groups: the member of an event that says which message group it is of, by function: `["detail", "customer"]`. Where
  ///     it is no text, and for other functions, the key of the object is the group if the store tells of one.
  package init(rules: [BusRule], buses: Set<String>, groups: [String: [String]] = [:]) {
    self.groups = groups
    let byBus = Dictionary(grouping: rules.filter { $0.state == .enabled && !$0.targets.isEmpty }, by: \.key.bus)
    indexes = Dictionary(
      uniqueKeysWithValues: buses.map { ($0, RuleIndex(byBus[$0, default: []].map(Self.entry))) })
  }

  func hasBus(_ name: String) -> Bool { indexes[name] != nil }

  /// A bus's name from its name or ARN; nil means the default one.
  package static func busName(_ text: String?) -> String {
    guard let text, !text.isEmpty else { return "default" }
    return text.hasPrefix("arn:") ? String(text.split(separator: "/").last ?? "default") : text
  }

  private static func entry(_ rule: BusRule) -> (pattern: EventPattern, target: Entry) {
    (rule.pattern, Entry(rule: rule.key, targets: rule.targets))
  }

  /// One invocation per matching target.
  package func route(_ event: BusEvent, bus: String, now: Date) -> Routing {
    guard let index = indexes[bus] else { return Routing() }
    let json = event.json()
    let matched = index.targets(matching: json)
    guard !matched.isEmpty else { return Routing() }
    let objectKey = Self.text(at: Self.objectKey, of: json) ?? ""
    let invocations = matched.flatMap { entry -> [NewInvocation] in
      let context = InputTransformer.Context(
        ruleName: entry.rule.name, ruleARN: entry.rule.arn(region: event.region, account: event.account),
        ingestionTime: now.iso8601())
      return entry.targets.compactMap { target in
        guard let function = target.function, let payload = try? JSON.encode(target.input.payload(for: json, context))
        else { return nil }
        let group = groups[function].flatMap { Self.text(at: $0, of: json) } ?? objectKey
        return NewInvocation(
          id: RequestID.make(), function: function, payload: payload, messageGroupID: group, enqueuedAt: now)
      }
    }
    return Routing(rules: matched.map(\.rule.name), invocations: invocations)
  }

  private static func text(at path: [String], of event: JSONValue) -> String? {
    path.reduce(event as JSONValue?) { $0?[$1] }?.stringValue
  }
}
