import Checksums
package import FoundationEssentials
package import S3Protocol

/// A multipart upload to be begun.
package struct UploadCreation: Sendable {
  package let address: ObjectAddress
  package let attributes: ObjectAttributes
  package let checksum: UploadChecksum?
  package let time: Date

  package init(address: ObjectAddress, attributes: ObjectAttributes, checksum: UploadChecksum?, time: Date) {
    self.address = address
    self.attributes = attributes
    self.checksum = checksum
    self.time = time
  }
}

/// An unfinished multipart upload.
package struct UploadRecord: Sendable, Equatable {
  package let id: String
  package let address: ObjectAddress
  package let attributes: ObjectAttributes
  package let checksum: UploadChecksum?
  package let created: Date

  package init(
    id: String, address: ObjectAddress, attributes: ObjectAttributes, checksum: UploadChecksum?, created: Date
  ) {
    self.id = id
    self.address = address
    self.attributes = attributes
    self.checksum = checksum
    self.created = created
  }
}

/// A stored part of an unfinished upload.
package struct PartRecord: Sendable, Equatable {
  /// 1 to 10,000.
  package let number: Int
  /// In bytes.
  package let size: Int64
  package let etag: ETag
  package let checksum: StoredChecksum?
  package let lastModified: Date

  package init(number: Int, size: Int64, etag: ETag, checksum: StoredChecksum?, lastModified: Date) {
    self.number = number
    self.size = size
    self.etag = etag
    self.checksum = checksum
    self.lastModified = lastModified
  }
}

/// What stored parts become: which of them, in this order, and the object's entity tag and checksum.
package struct Assembly: Sendable {
  package let parts: [PartRecord]
  package let etag: ETag
  package let checksum: StoredChecksum?

  package init(parts: [PartRecord], etag: ETag, checksum: StoredChecksum?) {
    self.parts = parts
    self.etag = etag
    self.checksum = checksum
  }
}

/// Which unfinished uploads to list.
package struct UploadQuery: Sendable {
  package let prefix: String
  /// Only uploads after this key, or of this key and after `uploadIDMarker` in the order of the list.
  package let keyMarker: String?
  package let uploadIDMarker: String?
  package let limit: Int

  package init(prefix: String = "", keyMarker: String? = nil, uploadIDMarker: String? = nil, limit: Int = 1000) {
    self.prefix = prefix
    self.keyMarker = keyMarker
    self.uploadIDMarker = uploadIDMarker
    self.limit = limit
  }
}
