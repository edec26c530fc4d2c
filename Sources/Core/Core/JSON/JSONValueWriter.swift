/// Writes a value as JSON text: members in the order of their names, slashes not escaped.
struct JSONValueWriter {
  private var bytes: [UInt8] = []
  private let isPretty: Bool

  /// - Throws: `EncodingError` where a number is not finite.
  static func write(_ value: JSONValue, pretty: Bool) throws -> [UInt8] {
    var writer = JSONValueWriter(isPretty: pretty)
    try writer.add(value, indent: 0)
    return writer.bytes
  }

  private init(isPretty: Bool) { self.isPretty = isPretty }

  private mutating func add(_ value: JSONValue, indent: Int) throws {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .number(let value): try add(value)
    case .string(let value): JSONString.append(value, to: &bytes)
    case .array(let values):
      try nest("[", "]", values, indent: indent) { writer, value in try writer.add(value, indent: indent + 1) }
    case .object(let members):
      try nest("{", "}", members.sorted { $0.key < $1.key }, indent: indent) { writer, member in
        JSONString.append(member.key, to: &writer.bytes)
        writer.bytes += (writer.isPretty ? " : " : ":").utf8
        try writer.add(member.value, indent: indent + 1)
      }
    }
  }

  private mutating func nest<Element>(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ elements: [Element], indent: Int,
    _ add: (inout JSONValueWriter, Element) throws -> Void
  ) throws {
    bytes.append(UInt8(ascii: open))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      newLine(indent + 1)
      try add(&self, element)
    }
    // As Foundation writes it: an empty one takes three lines.
    if elements.isEmpty, isPretty { bytes.append(0x0A) }
    newLine(indent)
    bytes.append(UInt8(ascii: close))
  }

  private mutating func newLine(_ indent: Int) {
    guard isPretty else { return }
    bytes.append(0x0A)
    bytes += repeatElement(0x20, count: 2 * indent)
  }

  private mutating func add(_ value: Double) throws {
    guard value.isFinite else {
      throw EncodingError.invalidValue(
        value, EncodingError.Context(codingPath: [], debugDescription: "JSON has no number \(value)"))
    }
    let text = value.description
    bytes += text.hasSuffix(".0") ? text.dropLast(2).utf8 : text[...].utf8
  }
}
