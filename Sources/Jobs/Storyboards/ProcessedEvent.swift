package import Core
package import Previews

/// `videoProcessed`: "all previews of this video are there" (DESIGN §3, contract).
package struct ProcessedEvent: Sendable, Equatable {
  package var address: PreviewAddress
  package var key: String { address.key }
  /// `SourceVersion.description`; absent in events written by hand: then the present version counts.
  package var version: String?

  package init(key: String, version: String? = nil) {
    self.init(PreviewAddress(key: key), version: version)
  }

  package init(_ address: PreviewAddress, version: String? = nil) {
    self.address = address
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
    do {
      address = try PreviewAddress(detail: detail)
    } catch {
      throw Invalid(message: error.message)
    }
    version = detail["version"]?.stringValue
  }
}
