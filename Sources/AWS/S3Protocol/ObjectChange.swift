package import FoundationEssentials

/// One change of one object, with all that notifications tell about it: S3's names, whichever store it happened in.
package struct ObjectChange: Sendable, Equatable {
  /// What happened, as S3 names it in notifications, without `s3:`.
  package enum Event: String, Sendable, CaseIterable {
    case put = "ObjectCreated:Put"
    case post = "ObjectCreated:Post"
    case copy = "ObjectCreated:Copy"
    case completeMultipartUpload = "ObjectCreated:CompleteMultipartUpload"
    case delete = "ObjectRemoved:Delete"
    /// A rule of the bucket's lifecycle removed it.
    case expire = "LifecycleExpiration:Delete"

    /// Whether an object exists after it.
    package var isCreation: Bool { self != .delete && self != .expire }
  }

  /// What causes a change: known before there is one.
  package struct Cause: Sendable, Equatable {
    package var event: Event
    package var time: Date
    /// The request that caused the change.
    package var requestID: String
    /// The access key which signed that request; empty if unknown.
    package var principal: String
    /// Where that request came from: an IP address; empty if unknown.
    package var sourceAddress: String

    package init(event: Event, time: Date, requestID: String, principal: String = "", sourceAddress: String = "") {
      self.event = event
      self.time = time
      self.requestID = requestID
      self.principal = principal
      self.sourceAddress = sourceAddress
    }
  }

  package var cause: Cause
  package var bucket: String
  /// The key as it is, not encoded.
  package var key: String
  /// Size in bytes; `nil` if the object was removed.
  package var size: Int64?
  /// The entity tag without quotes; `nil` if the object was removed.
  package var etag: String?
  /// Hexadecimal digits; of two changes of one key the later has the greater one, the shorter of the two padded with zeros
  /// on its right. `nil` if the bucket's changes are not notified.
  package var sequencer: String?
  /// The bucket's stored notification configuration (`NotificationConfiguration` XML), if it has one.
  package var notificationConfiguration: [UInt8]?

  package var event: Event {
    get { cause.event }
    set { cause.event = newValue }
  }
  package var time: Date { cause.time }
  package var requestID: String { cause.requestID }
  package var principal: String { cause.principal }
  package var sourceAddress: String { cause.sourceAddress }

  package init(
    _ cause: Cause, bucket: String, key: String, size: Int64? = nil, etag: String? = nil, sequencer: String? = nil,
    notificationConfiguration: [UInt8]? = nil
  ) {
    self.cause = cause
    self.bucket = bucket
    self.key = key
    self.size = size
    self.etag = etag
    self.sequencer = sequencer
    self.notificationConfiguration = notificationConfiguration
  }
}
