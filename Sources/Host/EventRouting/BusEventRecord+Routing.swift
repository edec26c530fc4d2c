import Core
import EventBus
import FoundationEssentials
import Observability

extension BusEventRecord {
  init(_ event: BusEvent, bus: String?, _ routing: EventRouter.Routing, at now: Date) {
    self.init(
      id: event.id, time: now.millisecondsSince1970, bus: bus, source: event.source, detailType: event.detailType,
      detail: JSONExcerpt(event.detail), rules: routing.rules, functions: routing.invocations.map(\.function))
  }
}
