import EventBus
import FoundationEssentials
import RuntimeCore

/// Which functions an event reaches: pure.
struct EventRouter: Sendable {
  private struct Reached: Sendable {
    let rule: BusRule.Key
    let targets: [BusRule.Target]
  }

  private let indexes: [String: RuleIndex<Reached>]

  /// - Parameters:
  ///   - rules: in the order in which their targets are reached.
  ///   - buses: all that exist.
  init(rules: [BusRule], buses: Set<String>) {
    let byBus = Dictionary(grouping: rules.filter { $0.state == .enabled && !$0.targets.isEmpty }, by: \.key.bus)
    indexes = Dictionary(
      uniqueKeysWithValues: buses.map { bus in
        (bus, RuleIndex(byBus[bus, default: []].map { ($0.pattern, Reached(rule: $0.key, targets: $0.targets)) }))
      })
  }

  func hasBus(_ name: String) -> Bool { indexes[name] != nil }

  /// A bus's name from its name or ARN; nil means the default one.
  static func busName(_ text: String?) -> String {
    guard let text, !text.isEmpty else { return "default" }
    return text.hasPrefix("arn:") ? String(text.split(separator: "/").last ?? "default") : text
  }

  /// One invocation per matching target.
  func route(_ event: BusEvent, bus: String, now: Date) -> [NewInvocation] {
    guard let index = indexes[bus] else { return [] }
    let json = event.json()
    let reached = index.targets(matching: json)
    guard !reached.isEmpty else { return [] }
    let group = event.detail["key"]?.stringValue ?? event.detail["object"]?["key"]?.stringValue ?? ""
    return reached.flatMap { reached -> [NewInvocation] in
      let context = InputTransformer.Context(
        ruleName: reached.rule.name, ruleARN: reached.rule.arn(region: event.region, account: event.account),
        ingestionTime: now.iso8601())
      return reached.targets.compactMap { target in
        guard let function = target.function, let payload = try? JSON.encode(target.input.payload(for: json, context))
        else { return nil }
        return NewInvocation(
          id: RequestID.make(), function: function, payload: payload, group: group, enqueuedAt: now)
      }
    }
  }
}
