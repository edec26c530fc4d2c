/// Metadata that a user gives an object, in `x-amz-meta-*` headers.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
package enum UserMetadata {
  package static let headerPrefix = "x-amz-meta-"
  /// Bytes of all names (without the prefix) and values together.
  package static let maximumSize = 2048

  /// Collects the metadata of a request: names in lower case, several headers of one name joined by commas.
  ///
  /// - Throws: `MetadataTooLarge`.
  package static func read(_ headers: some Sequence<(name: String, value: String)>) throws(S3Error) -> [String: String]
  {
    var metadata: [String: String] = [:]
    for (name, value) in headers {
      guard name.utf8.count >= headerPrefix.utf8.count else { continue }
      let name = name.lowercased()
      guard name.utf8.starts(with: headerPrefix.utf8) else { continue }
      let key = String(name.dropFirst(headerPrefix.count))
      metadata[key] = metadata[key].map { "\($0),\(value)" } ?? value
    }
    if !metadata.isEmpty { try validate(metadata) }
    return metadata
  }

  /// The headers that carry `metadata`, in the order of their names.
  package static func headers(_ metadata: [String: String]) -> [(name: String, value: String)] {
    metadata.sorted { $0.key < $1.key }.map { ("\(headerPrefix)\($0.key.lowercased())", $0.value) }
  }

  /// - Throws: `MetadataTooLarge`; `InvalidArgument` for a name that no header can have or a value with a control
  ///   character.
  package static func validate(_ metadata: [String: String]) throws(S3Error) {
    let size = metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    guard size <= maximumSize else {
      throw S3Error(.metadataTooLarge, extra: ["Size": "\(size)", "MaxSizeAllowed": "\(maximumSize)"])
    }
    for (name, value) in metadata {
      guard !name.isEmpty, name.utf8.allSatisfy(isToken) else {
        throw S3Error(.invalidArgument, message: "'\(name)' must be a header name to be the name of metadata.")
      }
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }) else {
        throw S3Error(.invalidArgument, message: "The metadata '\(name)' must not contain control characters.")
      }
    }
  }

  /// RFC 9110 §5.6.2
  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
