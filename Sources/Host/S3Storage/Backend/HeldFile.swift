/// A file that the host has received from a client and keeps for a while: an object is made of it without its bytes being
/// sent a second time.
package struct HeldFile: Sendable {
  package let path: String
  /// In bytes.
  package let size: Int64
  /// Of its bytes.
  package let sha256: [UInt8]
  /// Lets go of the file. Blocks.
  package let release: @Sendable () -> Void

  package init(path: String, size: Int64, sha256: [UInt8], release: @escaping @Sendable () -> Void) {
    self.path = path
    self.size = size
    self.sha256 = sha256
    self.release = release
  }
}

/// The files that the host holds at present.
package protocol HeldFiles: Sendable {
  /// The file at an address, as events name it; it stays until it is released.
  ///
  /// - Returns: nil if the host holds no such file.
  func take(_ address: String) -> HeldFile?
}
