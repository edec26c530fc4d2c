/// Percent encoding exactly as AWS's `UriEncode`: everything but RFC 3986's unreserved characters, upper-case digits.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
package enum PercentEncoding {
  private static let digits = [UInt8]("0123456789ABCDEF".utf8)

  /// - Parameter keepSlash: leave `/` as it is, for paths.
  package static func encode(_ text: String, keepSlash: Bool = false) -> String {
    // Most texts are as they should be.
    if text.utf8.allSatisfy({ isUnreserved($0) || keepSlash && $0 == UInt8(ascii: "/") }) { return text }
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.utf8.count + text.utf8.count / 4)
    for byte in text.utf8 {
      if isUnreserved(byte) || keepSlash && byte == UInt8(ascii: "/") {
        encoded.append(byte)
      } else {
        encoded.append(UInt8(ascii: "%"))
        encoded.append(digits[Int(byte >> 4)])
        encoded.append(digits[Int(byte & 0x0F)])
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// The text, or `nil` where a `%` is not followed by two hexadecimal digits or the result is not UTF-8.
  ///
  /// - Parameter plusIsSpace: as in form data and, as S3 reads them, queries.
  package static func decode(_ text: String, plusIsSpace: Bool = false) -> String? {
    if !text.utf8.contains(where: { $0 == UInt8(ascii: "%") || plusIsSpace && $0 == UInt8(ascii: "+") }) {
      return text
    }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(text.utf8.count)
    var bytes = text.utf8.makeIterator()
    while let byte = bytes.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = bytes.next().flatMap(digit), let low = bytes.next().flatMap(digit) else { return nil }
        decoded.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace:
        decoded.append(UInt8(ascii: " "))
      default:
        decoded.append(byte)
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
