package import FoundationEssentials
package import GRDB
package import S3Server

/// One committed change of one object, as notifications tell it.
package struct ObjectChange: Sendable, Equatable {
  /// What happened, with the name that S3 gives it in notifications.
  package let event: ObjectEvent
  package let bucket: String
  /// The key as it is, not encoded.
  package let key: String
  /// Size in bytes; nil where the object was removed.
  package let size: Int64?
  /// The entity tag without quotes; nil where the object was removed.
  package let etag: String?
  /// Hexadecimal digits that grow with every change in this store: of two changes of a key, the greater is the later. nil
  /// where nobody is notified of the bucket's changes.
  package let sequencer: String?
  package let time: Date
  /// The request that caused the change.
  package let requestID: String
  /// The access key which signed that request.
  package let principal: String
  /// Where that request came from: an IP address.
  package let sourceAddress: String
  /// The bucket's stored notification configuration (`NotificationConfiguration` XML), where it has one.
  package let notificationConfiguration: [UInt8]?

  package init(
    event: ObjectEvent, bucket: String, key: String, size: Int64?, etag: String?, sequencer: String?, time: Date,
    requestID: String, principal: String = "", sourceAddress: String = "", notificationConfiguration: [UInt8]? = nil
  ) {
    self.event = event
    self.bucket = bucket
    self.key = key
    self.size = size
    self.etag = etag
    self.sequencer = sequencer
    self.time = time
    self.requestID = requestID
    self.principal = principal
    self.sourceAddress = sourceAddress
    self.notificationConfiguration = notificationConfiguration
  }
}

/// Called inside the transaction that commits an object: what it writes becomes visible with the object or not at all.
///
/// It holds the only writer, so it must be short and must not wait for anything. When it throws, the object is not
/// stored and the client gets the error.
package typealias ObjectCommitHook = @Sendable (_ db: Database, _ change: ObjectChange) throws -> Void
