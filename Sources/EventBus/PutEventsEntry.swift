package import FoundationEssentials
package import Core

/// One event on its way to a bus (`PutEventsRequestEntry` of EventBridge's API).
///
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html>
package struct PutEventsEntry: Sendable, Equatable {
  /// Who says so: `custom.gifGenerator`. Names that begin with `aws.` belong to AWS.
  package var source: String
  /// What happened: `newVideoCreated`.
  package var detailType: String
  /// A JSON object; travels as text.
  package var detail: JSONValue
  /// ARNs of what the event is about.
  package var resources: [String]
  /// When it happened; `nil` means the time of the call.
  package var time: Date?
  /// Name or ARN of the bus; `nil` means `default`.
  package var eventBusName: String?
  /// An X-Ray trace header.
  package var traceHeader: String?

  package init(
    source: String, detailType: String, detail: JSONValue, resources: [String] = [], time: Date? = nil,
    eventBusName: String? = nil, traceHeader: String? = nil
  ) {
    self.source = source
    self.detailType = detailType
    self.detail = detail
    self.resources = resources
    self.time = time
    self.eventBusName = eventBusName
    self.traceHeader = traceHeader
  }
}
