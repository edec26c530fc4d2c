/// JSON (RFC 8259) written member by member, for what is written so often that `JSON.encode`, which makes a tree of
/// values first, shows in the bill. Members have to be written in the order of their names to be the same bytes.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []
  private var isFirst = true

  package init() {}

  private static let digits = [UInt8]("0123456789abcdef".utf8)

  /// - Parameter write: writes the members, each a `name` and a value.
  package mutating func object(_ write: (inout JSONWriter) -> Void) { nest("{", "}", write) }

  /// - Parameter write: writes the values.
  package mutating func array(_ write: (inout JSONWriter) -> Void) { nest("[", "]", write) }

  /// Begins a member; its value must follow.
  package mutating func name(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    isFirst = true
  }

  package mutating func value(_ text: String) {
    separate()
    quote(text)
  }

  package mutating func value(_ number: some BinaryInteger) {
    separate()
    bytes += String(number).utf8
  }

  package mutating func value(_ truth: Bool) {
    separate()
    bytes += (truth ? "true" : "false").utf8
  }

  /// A member that is left out where it has no value.
  package mutating func member(_ name: String, _ text: String?) {
    guard let text else { return }
    self.name(name)
    value(text)
  }

  private mutating func nest(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ write: (inout JSONWriter) -> Void) {
    separate()
    bytes.append(UInt8(ascii: open))
    isFirst = true
    write(&self)
    isFirst = false
    bytes.append(UInt8(ascii: close))
  }

  private mutating func separate() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x08: bytes += "\\b".utf8
      case 0x09: bytes += "\\t".utf8
      case 0x0A: bytes += "\\n".utf8
      case 0x0C: bytes += "\\f".utf8
      case 0x0D: bytes += "\\r".utf8
      case 0..<0x20:
        bytes += "\\u00".utf8
        bytes += [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 0xF)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
