/// The header of a `PutObject` without a body that makes an object of a file which the store's host holds. Of Zoetrope's own
/// store; clients send it only if they were told that the store knows it.
package enum HeldFileHeader {
  /// Its value is the file's address, as an event names it.
  package static let name = "x-zoetrope-held-file"
}
