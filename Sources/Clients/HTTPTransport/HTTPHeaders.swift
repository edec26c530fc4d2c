/// Header fields in the order they were written or received; names compare without regard to case (RFC 9110 §5.1).
package struct HTTPHeaders: Sendable {
  package private(set) var pairs: [(name: String, value: String)]

  package init(_ pairs: [(String, String)] = []) {
    self.pairs = pairs.map { (name: $0.0, value: $0.1) }
  }

  /// The first field of that name.
  package subscript(name: String) -> String? {
    pairs.first { Self.equal($0.name, name) }?.value
  }

  /// Every field of that name, in order.
  package func all(_ name: String) -> [String] {
    pairs.filter { Self.equal($0.name, name) }.map(\.value)
  }

  package mutating func add(_ name: String, _ value: String) {
    pairs.append((name, value))
  }

  /// Removes every field of that name, then adds this one.
  package mutating func replace(_ name: String, _ value: String) {
    pairs.removeAll { Self.equal($0.name, name) }
    pairs.append((name, value))
  }

  /// Lengthens the last field's value; for a value folded over several lines (RFC 9112 §5.2).
  mutating func extendLast(_ continuation: String) {
    guard !pairs.isEmpty else { return }
    pairs[pairs.count - 1].value += " " + continuation
  }

  private static func equal(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { lowercase($0) == lowercase($1) }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
