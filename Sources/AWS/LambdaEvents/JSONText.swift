/// Writes JSON of a known shape straight into bytes: an event is written for every request, and Foundation's encoder
/// takes several times as long.
struct JSONText {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  init(capacity: Int) {
    bytes.reserveCapacity(capacity)
  }

  mutating func object(_ members: (inout JSONText) -> Void) {
    bytes.append(UInt8(ascii: "{"))
    needsComma = false
    members(&self)
    bytes.append(UInt8(ascii: "}"))
    needsComma = true
  }

  mutating func object(_ name: String, _ members: (inout JSONText) -> Void) {
    key(name)
    object(members)
  }

  mutating func array<Element>(
    _ name: String, of elements: [Element], _ members: (Element, inout JSONText) -> Void
  ) {
    key(name)
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      object { members(element, &$0) }
    }
    bytes.append(UInt8(ascii: "]"))
    needsComma = true
  }

  mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value.utf8)
  }

  /// - Parameter text: UTF-8; what is not becomes replacement characters.
  mutating func member(_ name: String, text: [UInt8]) {
    key(name)
    if String(validating: text, as: UTF8.self) != nil {
      string(text)
    } else {
      string(String(decoding: text, as: UTF8.self).utf8)
    }
  }

  mutating func member(_ name: String, _ value: Bool) {
    key(name)
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  mutating func member(_ name: String, _ value: some BinaryInteger) {
    key(name)
    bytes.append(contentsOf: "\(value)".utf8)
  }

  mutating func member(_ name: String, _ values: [String]) {
    key(name)
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      string(value.utf8)
    }
    bytes.append(UInt8(ascii: "]"))
    needsComma = true
  }

  /// Sorted by name, so that the same value is always the same text.
  mutating func member(_ name: String, _ values: [String: String]) {
    object(name) { object in
      for (name, value) in values.sorted(by: { $0.key < $1.key }) { object.member(name, value) }
    }
  }

  private mutating func key(_ name: String) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    string(name.utf8)
    bytes.append(UInt8(ascii: ":"))
    needsComma = true
  }

  private mutating func string(_ text: some Sequence<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0x0A: bytes.append(contentsOf: "\\n".utf8)
      case 0x0D: bytes.append(contentsOf: "\\r".utf8)
      case 0x09: bytes.append(contentsOf: "\\t".utf8)
      case 0x00..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(contentsOf: [digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
