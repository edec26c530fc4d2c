/// `encoding-type` of a listing: XML 1.0 cannot hold every character that a key may have.
package enum KeyEncoding: String, Sendable {
  case url

  /// - Throws: `InvalidArgument` for anything but `url`.
  package init?(parameter: String?) throws(S3Error) {
    guard let parameter, !parameter.isEmpty else { return nil }
    guard parameter == "url" else {
      throw S3Error(
        .invalidArgument, message: "Invalid Encoding Method specified in Request",
        extra: ["ArgumentName": "encoding-type", "ArgumentValue": parameter])
    }
    self = .url
  }

  /// Percent-encodes everything but RFC 3986's unreserved characters and `/`.
  package static func encode(_ text: String) -> String {
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        encoded.append(byte)
      default:
        encoded.append(UInt8(ascii: "%"))
        if byte < 16 { encoded.append(UInt8(ascii: "0")) }
        encoded += String(byte, radix: 16, uppercase: true).utf8
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// Undoes the encoding, also S3's own, which writes a space as `+`.
  ///
  /// - Throws: `MalformedXML` where `text` was not encoded like this.
  package static func decode(_ text: String) throws(S3Error) -> String {
    var decoded: [UInt8] = []
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        let digits = String(decoding: bytes.prefix(2), as: UTF8.self)
        guard digits.utf8.count == 2, digits.first != "+", let value = UInt8(digits, radix: 16) else {
          throw S3Error(.malformedXML, message: "'\(text.prefix(100))' is not URL-encoded.")
        }
        decoded.append(value)
        bytes = bytes.dropFirst(2)
      default: decoded.append(byte)
      }
    }
    guard let key = String(validating: decoded, as: UTF8.self) else {
      throw S3Error(.malformedXML, message: "'\(text.prefix(100))' is not URL-encoded UTF-8.")
    }
    return key
  }
}

extension Optional where Wrapped == KeyEncoding {
  /// As it is to be written into a listing with this `encoding-type`.
  func applied(to text: String) -> String { self == nil ? text : KeyEncoding.encode(text) }

  func removed(from text: String) throws(S3Error) -> String { self == nil ? text : try KeyEncoding.decode(text) }

  func removed(from text: String?) throws(S3Error) -> String? {
    guard let text else { return nil }
    return try removed(from: text) as String
  }
}
