import FoundationEssentials
import Core

/// The wire shape: `Detail` is JSON text, `Time` a number of seconds.
extension PutEventsEntry: Codable {
  package init(from decoder: any Decoder) throws {
    self = try PutEventsRequest.Entry(from: decoder).validated(isTrusted: true)
  }

  package func encode(to encoder: any Encoder) throws {
    try wire().encode(to: encoder)
  }

  /// - Throws: `EntryRefusal` (`MalformedDetail`) where the detail has a number that JSON cannot express.
  func wire() throws(EntryRefusal) -> PutEventsRequest.Entry {
    guard let text = try? JSON.encode(detail) else { throw .malformedDetail }
    return PutEventsRequest.Entry(
      source: source, detailType: detailType, detail: String(decoding: text, as: UTF8.self),
      resources: resources.isEmpty ? nil : resources, time: time?.timeIntervalSince1970, eventBusName: eventBusName,
      traceHeader: traceHeader)
  }
}
