package import FoundationEssentials
package import Core

/// An event as a bus delivers it to targets: EventBridge's envelope.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>
package struct BusEvent: Sendable, Equatable {
  package var id: String
  package var source: String
  package var detailType: String
  /// Twelve digits.
  package var account: String
  /// Whole seconds on the wire.
  package var time: Date
  package var region: String
  package var resources: [String]
  package var detail: JSONValue

  package init(
    id: String, source: String, detailType: String, account: String, time: Date, region: String,
    resources: [String] = [], detail: JSONValue
  ) {
    self.id = id
    self.source = source
    self.detailType = detailType
    self.account = account
    self.time = time
    self.region = region
    self.resources = resources
    self.detail = detail
  }

  /// The envelope of an accepted entry; the entry's own time counts where it has one.
  package init(id: String, entry: PutEventsEntry, account: String, region: String, acceptedAt: Date) {
    self.init(
      id: id, source: entry.source, detailType: entry.detailType, account: account, time: entry.time ?? acceptedAt,
      region: region, resources: entry.resources, detail: entry.detail)
  }

  /// What patterns are matched against and functions receive.
  package func json() -> JSONValue {
    .object([
      "version": .string("0"), "id": .string(id), "detail-type": .string(detailType), "source": .string(source),
      "account": .string(account), "time": .string(time.iso8601()), "region": .string(region),
      "resources": .array(resources.map(JSONValue.string)), "detail": detail,
    ])
  }

  /// Not an EventBridge envelope: says which field is missing or of the wrong shape.
  package struct InvalidEnvelope: ClassifiedError, Equatable {
    package let message: String
    package var code: String { "InvalidEvent" }
    package var isRetryable: Bool { false }
  }

  /// - Throws: `InvalidEnvelope` naming the field. A missing `version`, `resources` or `detail` is not an error.
  package init(json: JSONValue) throws(InvalidEnvelope) {
    guard let members = json.objectValue else {
      throw InvalidEnvelope(message: "an event must be a JSON object, found \(json.excerpt)")
    }
    func text(_ name: String) throws(InvalidEnvelope) -> String {
      guard let value = members[name]?.stringValue else {
        throw InvalidEnvelope(message: "the event's '\(name)' must be a string, found \(members[name].excerpt)")
      }
      return value
    }
    id = try text("id")
    source = try text("source")
    detailType = try text("detail-type")
    account = try text("account")
    region = try text("region")
    guard let time = Date(iso8601: try text("time")) else {
      throw InvalidEnvelope(
        message: "the event's 'time' must be like '2026-11-21T14:20:00Z', found \(members["time"].excerpt)")
    }
    self.time = time
    let resources = members["resources"] ?? .array([])
    guard let list = resources.arrayValue, case let texts = list.compactMap(\.stringValue), texts.count == list.count
    else { throw InvalidEnvelope(message: "the event's 'resources' must be strings, found \(resources.excerpt)") }
    self.resources = texts
    detail = members["detail"] ?? .object([:])
    guard detail.objectValue != nil else {
      throw InvalidEnvelope(message: "the event's 'detail' must be a JSON object, found \(detail.excerpt)")
    }
  }
}
