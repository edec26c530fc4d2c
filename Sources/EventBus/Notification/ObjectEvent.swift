package import FoundationEssentials

/// Something that happened to an object of a store, with all that the store tells about it.
package struct ObjectEvent: Sendable, Equatable {
  /// S3's names without `s3:`.
  package enum Kind: String, Sendable, CaseIterable {
    case put = "ObjectCreated:Put"
    case post = "ObjectCreated:Post"
    case copy = "ObjectCreated:Copy"
    case completeMultipartUpload = "ObjectCreated:CompleteMultipartUpload"
    case delete = "ObjectRemoved:Delete"
    case expire = "LifecycleExpiration:Delete"

    var isRemoval: Bool { self == .delete || self == .expire }

    /// The same in EventBridge's detail.
    var reason: String {
      switch self {
      case .put: "PutObject"
      case .post: "POST Object"
      case .copy: "CopyObject"
      case .completeMultipartUpload: "CompleteMultipartUpload"
      case .delete: "DeleteObject"
      case .expire: "Lifecycle Expiration"
      }
    }
  }

  package var kind: Kind
  package var bucket: String
  /// Not encoded.
  package var key: String
  /// Without quotes; `nil` for a removal.
  package var etag: String?
  /// Bytes; `nil` for a removal.
  package var size: Int64?
  /// Hexadecimal digits; of two events of one key the later has the greater one, the shorter of the two padded with
  /// zeros on its right.
  package var sequencer: String
  package var versionID: String?
  package var time: Date
  package var region: String
  /// Twelve digits; also the requester in EventBridge's event.
  package var account: String
  /// Who asked: the access key.
  package var principal: String
  package var sourceIP: String
  package var requestID: String

  package init(
    kind: Kind, bucket: String, key: String, etag: String? = nil, size: Int64? = nil, sequencer: String,
    versionID: String? = nil, time: Date, region: String, account: String, principal: String, sourceIP: String,
    requestID: String
  ) {
    self.kind = kind
    self.bucket = bucket
    self.key = key
    self.etag = etag
    self.size = size
    self.sequencer = sequencer
    self.versionID = versionID
    self.time = time
    self.region = region
    self.account = account
    self.principal = principal
    self.sourceIP = sourceIP
    self.requestID = requestID
  }
}
