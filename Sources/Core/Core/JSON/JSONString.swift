/// Strings as JSON text (RFC 8259, section 7).
enum JSONString {
  private static let digits = [UInt8]("0123456789abcdef".utf8)

  /// Appends the string in quotation marks; slashes are not escaped.
  static func append(_ text: String, to bytes: inout [UInt8]) { append(utf8: text.utf8, to: &bytes) }

  /// The same for text that is UTF-8 already.
  static func append(utf8 text: some Sequence<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x08: bytes += "\\b".utf8
      case 0x09: bytes += "\\t".utf8
      case 0x0A: bytes += "\\n".utf8
      case 0x0C: bytes += "\\f".utf8
      case 0x0D: bytes += "\\r".utf8
      case 0..<0x20:
        bytes += "\\u00".utf8
        bytes += [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
