import Encodings
import Checksums

/// An entity tag: names the bytes of an object. S3's are strong.
package struct ETag: Sendable, Hashable, CustomStringConvertible {
  /// Without quotes.
  package let value: String

  /// - Parameter value: quotes around it are removed.
  package init(_ value: String) {
    let value = Substring(value)
    let isQuoted =
      value.utf8.count >= 2 && value.utf8.first == UInt8(ascii: "\"") && value.utf8.last == UInt8(ascii: "\"")
    self.value = String(isQuoted ? value.dropFirst().dropLast() : value)
  }

  /// As it stands in a header or message: `"9b2cf535f27731c974343645a3985328"`.
  package var quoted: String { "\"\(value)\"" }

  package var description: String { value }

  /// The tag of an object put in one piece: the MD5 of its bytes.
  package init(md5: [UInt8]) {
    value = md5.hexString
  }

  /// The tag of an object whose SHA-256 is known and whose MD5 is not: the first half of the digest, and `-1`. Clients do not
  /// take a tag with a hyphen for an MD5.
  package init(sha256: [UInt8]) {
    value = "\(sha256.prefix(16).hexString)-1"
  }

  /// The tag of an object put in parts: the MD5 of the parts' MD5s one after another, `-`, and their number.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
  /// - Parameter partMD5s: 16 bytes each, by part number.
  package static func multipart(partMD5s: [[UInt8]]) -> ETag {
    ETag("\(Digest.md5(Array(partMD5s.joined())).hexString)-\(partMD5s.count)")
  }

  /// The same from the parts' own tags.
  ///
  /// - Returns: `nil` where a tag is not 32 hexadecimal digits.
  package static func multipart(of parts: [ETag]) -> ETag? {
    var digests: [[UInt8]] = []
    for part in parts {
      guard let digest = Hex.decode(part.value), digest.count == 16 else { return nil }
      digests.append(digest)
    }
    return multipart(partMD5s: digests)
  }
}
