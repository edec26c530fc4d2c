package import FoundationEssentials
package import S3Protocol

/// What a store knows of an object besides its bytes.
package struct ObjectInfo: Sendable {
  package var key: String
  /// Bytes.
  package var size: Int64
  package var etag: ETag
  package var lastModified: Date
  package var contentType: String?
  /// The `x-amz-meta-` headers, names in lower case without that prefix.
  package var metadata: [String: String]

  package init(
    key: String, size: Int64, etag: ETag, lastModified: Date, contentType: String? = nil,
    metadata: [String: String] = [:]
  ) {
    self.key = key
    self.size = size
    self.etag = etag
    self.lastModified = lastModified
    self.contentType = contentType
    self.metadata = metadata
  }
}

/// How an object is to be written.
package struct PutOptions: Sendable {
  package var contentType: String?
  package var cacheControl: String?
  /// Sent as `x-amz-meta-…`; names are header tokens, values printable ASCII.
  package var metadata: [String: String] = [:]
  /// Write only over the object with this ETag.
  package var ifMatch: ETag?
  /// Write only where no object is (`If-None-Match: *`).
  package var ifNoneMatch = false

  package init(contentType: String? = nil) {
    self.contentType = contentType
  }

  var isConditional: Bool { ifMatch != nil || ifNoneMatch }
}

/// A page of a listing.
package struct ListPage: Sendable {
  package var objects: [ObjectSummary]
  /// Each ends with the delimiter; in the order of their UTF-8 bytes.
  package var commonPrefixes: [String]
  /// What to pass as `startAfter` for the following page; `nil` at the end.
  package var next: String?

  package init(objects: [ObjectSummary], commonPrefixes: [String] = [], next: String? = nil) {
    self.objects = objects
    self.commonPrefixes = commonPrefixes
    self.next = next
  }
}
