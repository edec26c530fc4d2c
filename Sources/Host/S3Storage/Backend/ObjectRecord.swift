import Checksums
package import FoundationEssentials
package import NIOCore
package import S3Protocol

/// Bucket and key: which object is meant.
package struct ObjectAddress: Sendable, Equatable {
  package let bucket: String
  package let key: String

  package init(bucket: String, key: String) {
    self.bucket = bucket
    self.key = key
  }

  /// Byte by byte: Swift's own comparison takes different spellings of an accented letter for the same.
  package static func == (a: ObjectAddress, b: ObjectAddress) -> Bool {
    a.bucket == b.bucket && ObjectKey.same(a.key, b.key)
  }

  /// `/bucket/key`, as errors name it.
  package var resource: String { "/\(bucket)/\(key)" }
}

/// A run of bytes read from an object.
package typealias ReadBlock = ByteBuffer

/// A bucket.
package struct BucketRecord: Sendable, Equatable {
  package let name: String
  package let created: Date

  package init(name: String, created: Date) {
    self.name = name
    self.created = created
  }
}

/// The documents that a bucket keeps for its clients.
package enum BucketDocument: String, Sendable, CaseIterable {
  case cors
  case lifecycle
  case notification
}

/// What a client says about an object when it is stored and gets back when it is read.
package struct ObjectAttributes: Sendable, Equatable, Codable {
  /// Default `binary/octet-stream`.
  package var contentType: String?
  package var contentEncoding: String?
  package var contentDisposition: String?
  package var contentLanguage: String?
  package var cacheControl: String?
  /// As it was sent; not interpreted.
  package var expires: String?
  /// User metadata: names without `x-amz-meta-`, in lower case.
  package var metadata: [String: String]
  package var tags: [String: String]
  /// nil for `STANDARD`.
  package var storageClass: String?
  /// `AES256`, where the client asked for it.
  package var encryption: String?

  package init(
    contentType: String? = nil, contentEncoding: String? = nil, contentDisposition: String? = nil,
    contentLanguage: String? = nil, cacheControl: String? = nil, expires: String? = nil,
    metadata: [String: String] = [:], tags: [String: String] = [:], storageClass: String? = nil,
    encryption: String? = nil
  ) {
    self.storageClass = storageClass
    self.encryption = encryption
    self.contentType = contentType
    self.contentEncoding = contentEncoding
    self.contentDisposition = contentDisposition
    self.contentLanguage = contentLanguage
    self.cacheControl = cacheControl
    self.expires = expires
    self.metadata = metadata
    self.tags = tags
  }
}

/// One part of an object that was uploaded in parts.
package struct ObjectPart: Sendable, Equatable, Codable {
  /// As the client numbered it: 1 to 10,000.
  package let number: Int
  /// In bytes.
  package let size: Int64
  package let checksum: StoredChecksum?

  package init(number: Int, size: Int64, checksum: StoredChecksum? = nil) {
    self.number = number
    self.size = size
    self.checksum = checksum
  }
}

/// Everything about an object but its bytes.
package struct ObjectRecord: Sendable, Equatable {
  package let address: ObjectAddress
  /// In bytes.
  package let size: Int64
  package let etag: ETag
  /// Whole milliseconds; clients see whole seconds.
  package let lastModified: Date
  package let attributes: ObjectAttributes
  package let checksum: StoredChecksum?
  /// Empty unless the object was uploaded in parts.
  package let parts: [ObjectPart]
  /// The multipart upload that made it.
  package let uploadID: String?

  package init(
    address: ObjectAddress, size: Int64, etag: ETag, lastModified: Date, attributes: ObjectAttributes,
    checksum: StoredChecksum?, parts: [ObjectPart] = [], uploadID: String? = nil
  ) {
    self.address = address
    self.size = size
    self.etag = etag
    self.lastModified = lastModified
    self.attributes = attributes
    self.checksum = checksum
    self.parts = parts
    self.uploadID = uploadID
  }
}
