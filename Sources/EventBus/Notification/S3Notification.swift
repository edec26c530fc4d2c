import Core

/// "This object was created", in any of three shapes: S3's notification, EventBridge's
/// `Object Created`, MinIO's webhook.
package struct S3Notification: Sendable, Equatable {
  package var bucket: String
  /// Decoded: as the object store knows it.
  package var key: String
  /// Without quotes.
  package var etag: String?
  /// Bytes.
  package var size: Int64?
  /// S3's name without `s3:`, as `ObjectCreated:Put`.
  package var eventName: String

  package init(bucket: String, key: String, etag: String? = nil, size: Int64? = nil, eventName: String) {
    self.bucket = bucket
    self.key = key
    self.etag = etag
    self.size = size
    self.eventName = eventName
  }

  /// An event, or one record of it, that says nothing about an object.
  package struct Invalid: ClassifiedError, Equatable {
    package let message: String
    package var code: String { "InvalidEvent" }
    package var isRetryable: Bool { false }
  }
}
