import EventBus
import FoundationEssentials
import RuntimeCore

/// Which functions an event reaches: pure.
struct EventRouter: Sendable {
  private let indexes: [String: RuleIndex<[BusRule.Target]>]

  /// - Parameters:
  ///   - rules: in the order in which their targets are reached.
  ///   - buses: all that exist.
  init(rules: [BusRule], buses: Set<String>) {
    let byBus = Dictionary(grouping: rules.filter { $0.state == .enabled && !$0.targets.isEmpty }, by: \.key.bus)
    indexes = Dictionary(
      uniqueKeysWithValues: buses.map { ($0, RuleIndex(byBus[$0, default: []].map { ($0.pattern, $0.targets) })) })
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
    let targets = index.targets(matching: json).flatMap(\.self)
    guard !targets.isEmpty else { return [] }
    let group = event.detail["key"]?.stringValue ?? event.detail["object"]?["key"]?.stringValue ?? ""
    return targets.compactMap { target in
      guard let function = target.function, let payload = try? JSON.encode(target.input.payload(for: json)) else {
        return nil
      }
      return NewInvocation(
        id: RequestID.make(), function: function, payload: payload, group: group, enqueuedAt: now)
    }
  }
}
