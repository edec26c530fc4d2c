/// `PutEvents` as it travels (AWS JSON 1.1, target `AWSEvents.PutEvents`).
///
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
package struct PutEventsRequest: Codable, Sendable, Equatable {
  /// An entry before anybody looked at it: everything may be missing, so that one bad entry does not cost the others.
  package struct Entry: Codable, Sendable, Equatable {
    package var source: String?
    package var detailType: String?
    /// JSON text.
    package var detail: String?
    package var resources: [String]?
    /// Seconds since 1970-01-01T00:00:00Z.
    package var time: Double?
    package var eventBusName: String?
    package var traceHeader: String?

    package init(
      source: String? = nil, detailType: String? = nil, detail: String? = nil, resources: [String]? = nil,
      time: Double? = nil, eventBusName: String? = nil, traceHeader: String? = nil
    ) {
      self.source = source
      self.detailType = detailType
      self.detail = detail
      self.resources = resources
      self.time = time
      self.eventBusName = eventBusName
      self.traceHeader = traceHeader
    }

    enum CodingKeys: String, CodingKey {
      case source = "Source", detailType = "DetailType", detail = "Detail", resources = "Resources", time = "Time"
      case eventBusName = "EventBusName", traceHeader = "TraceHeader"
    }
  }

  package var entries: [Entry]

  package init(entries: [Entry]) {
    self.entries = entries
  }

  enum CodingKeys: String, CodingKey { case entries = "Entries" }
}

/// One result per entry of the request, in its order.
package struct PutEventsResponse: Codable, Sendable, Equatable {
  package struct Entry: Codable, Sendable, Equatable {
    /// Set where the entry was accepted.
    package var eventID: String?
    /// Set where it was not.
    package var errorCode: String?
    package var errorMessage: String?

    package init(eventID: String) {
      self.eventID = eventID
    }

    package init(_ refusal: EntryRefusal) {
      errorCode = refusal.code
      errorMessage = refusal.message
    }

    enum CodingKeys: String, CodingKey {
      case eventID = "EventId", errorCode = "ErrorCode", errorMessage = "ErrorMessage"
    }
  }

  package var failedEntryCount: Int
  package var entries: [Entry]

  /// Counts the failed ones itself.
  package init(entries: [Entry]) {
    self.entries = entries
    failedEntryCount = entries.count { $0.errorCode != nil }
  }

  enum CodingKeys: String, CodingKey { case failedEntryCount = "FailedEntryCount", entries = "Entries" }
}
