/// What is known of a body that arrived whole and as promised.
package struct BodyDigests: Sendable, Equatable {
  /// In bytes.
  package let size: Int64
  package let md5: [UInt8]
  /// The checksum that the client sent or asked for.
  package let checksum: StoredChecksum?

  package init(size: Int64, md5: [UInt8], checksum: StoredChecksum?) {
    self.size = size
    self.md5 = md5
    self.checksum = checksum
  }
}

/// Where the bytes of a body go. Called by one thread at a time, on threads that may block.
package protocol BodySink: AnyObject, Sendable {
  func write(_ bytes: UnsafeRawBufferPointer) throws
}
