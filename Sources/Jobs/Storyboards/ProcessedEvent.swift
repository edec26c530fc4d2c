package import Core

/// `videoProcessed`: "all previews of this video are there" (DESIGN §3, contract).
package struct ProcessedEvent: Sendable, Equatable {
  /// Of the source object.
  package var key: String
  /// `SourceVersion.description`; absent in events written by hand: then the present version counts.
  package var version: String?

  package init(key: String, version: String? = nil) {
    self.key = key
    self.version = version
  }

  package struct Invalid: ClassifiedError {
    package let message: String
    package var code: String { "InvalidEvent" }
    package var isRetryable: Bool { false }
  }

  /// Reads an EventBridge envelope, or a bare detail as a person would write it for a test.
  ///
  /// - Throws: `Invalid` naming the field and what it must be.
  package init(json: JSONValue) throws(Invalid) {
    guard let detail = (json["detail"] ?? json).objectValue else {
      throw Invalid(message: "an event must be a JSON object with a 'detail' object")
    }
    guard let key = (detail["key"] ?? detail["Key"])?.stringValue, !key.isEmpty else {
      throw Invalid(message: "detail.key must be the key of a source object, found nothing that is")
    }
    self.init(key: key, version: detail["version"]?.stringValue)
  }
}
