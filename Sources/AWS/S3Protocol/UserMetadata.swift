import Encodings

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
    metadata.sorted { $0.key < $1.key }.map { ("\(headerPrefix)\($0.key.lowercased())", encoded($0.value)) }
  }

  /// A header holds ASCII: any other value is one encoded word (RFC 2047 §2), as S3 answers it.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
  package static func encoded(_ value: String) -> String {
    if value.utf8.allSatisfy({ $0 < 0x80 }) { return value }
    return "=?UTF-8?B?\(Base64.encode(Array(value.utf8)))?="
  }

  /// The text of a header in which every word may be an encoded one of UTF-8; others stay as they are.
  package static func decoded(_ header: String) -> String {
    guard header.contains("=?") else { return header }
    let words = header.split(separator: " ", omittingEmptySubsequences: false)
    let texts = words.map { decoded(word: $0) }
    guard texts.contains(where: { $0 != nil }) else { return header }
    var result = ""
    for (index, word) in words.enumerated() {
      // Spaces between two encoded words are not part of the text (§6.2).
      if index > 0, texts[index] == nil || texts[index - 1] == nil { result += " " }
      result += texts[index] ?? String(word)
    }
    return result
  }

  private static func decoded(word: Substring) -> String? {
    let parts = word.split(separator: "?", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == "=", parts[4] == "=", parts[1].uppercased() == "UTF-8" else { return nil }
    switch parts[2].uppercased() {
    case "B": return Base64.decode(String(parts[3])).flatMap { String(validating: $0, as: UTF8.self) }
    case "Q":
      var bytes: [UInt8] = []
      var rest = Array(parts[3].utf8)[...]
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "_") {
          bytes.append(0x20)
        } else if byte == UInt8(ascii: "=") {
          guard let hex = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self)), hex.count == 1 else {
            return nil
          }
          bytes += hex
          rest = rest.dropFirst(2)
        } else {
          bytes.append(byte)
        }
      }
      return String(validating: bytes, as: UTF8.self)
    default: return nil
    }
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
