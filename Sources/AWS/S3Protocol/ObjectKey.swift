/// The names that an object may have, and their order.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
package enum ObjectKey {
  /// In bytes of UTF-8.
  package static let maximumLength = 1024

  /// - Throws: `KeyTooLongError`, or `InvalidArgument` for no key at all or one with a NUL, which neither a database's
  ///   text nor a file's name can hold.
  package static func validate(_ key: String) throws(S3Error) {
    let count = key.utf8.count
    guard count > 0 else { throw S3Error(.invalidArgument, message: "A key must have at least one character.") }
    guard count <= maximumLength else {
      throw S3Error(.keyTooLong, extra: ["MaxSizeAllowed": "\(maximumLength)", "Size": "\(count)"])
    }
    guard !key.utf8.contains(0) else {
      throw S3Error(.invalidArgument, message: "A key must not contain a NUL character.")
    }
  }

  /// S3's order: by the bytes of UTF-8. Swift's own `<` and `==` are not to be used on keys: they take different
  /// spellings of an accented letter for the same.
  package static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  /// The same bytes.
  package static func same(_ a: String, _ b: String) -> Bool {
    a.utf8.elementsEqual(b.utf8)
  }

  /// Byte by byte, where Swift's `hasPrefix` goes by characters.
  package static func hasPrefix(_ key: String, _ prefix: String) -> Bool {
    key.utf8.starts(with: prefix.utf8)
  }
}
