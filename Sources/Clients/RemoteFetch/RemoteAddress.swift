/// An IPv4 or IPv6 address as its bytes.
package struct RemoteAddress: Sendable, Hashable, CustomStringConvertible {
  /// 4 or 16 of them.
  package let bytes: [UInt8]

  /// - Parameter bytes: 4 or 16.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Four decimal numbers without leading zeros, or an IPv6 address without brackets and zone (RFC 4291, section 2.2).
  /// Other spellings of IPv4 addresses are not taken: programs differ in what they make of them.
  package init?(_ text: some StringProtocol) {
    guard let bytes = text.contains(":") ? Self.sixteen(String(text)) : Self.four(String(text)) else { return nil }
    self.bytes = bytes
  }

  /// The form that libcurl takes; IPv6 in full and without brackets.
  package var description: String {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    return stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
      .joined(separator: ":")
  }

  private static func four(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        part == "0" || part.first != "0", let byte = UInt8(part)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  private static func sixteen(_ text: String) -> [UInt8]? {
    guard text.utf8.count <= 45 else { return nil }
    var groups = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
    // "::" at either end leaves two empty groups there.
    if groups.first == "" {
      guard groups.count >= 3, groups[1] == "" else { return nil }
      groups.removeFirst()
    }
    if groups.last == "" {
      guard groups.count >= 2, groups[groups.count - 2] == "" else { return nil }
      groups.removeLast()
    }
    guard groups.count(where: \.isEmpty) <= 1 else { return nil }
    var bytes: [UInt8] = []
    var gap: Int?
    for (number, group) in groups.enumerated() {
      if group.isEmpty {
        gap = bytes.count
      } else if group.contains(".") {
        guard number == groups.count - 1, let last = four(group) else { return nil }
        bytes += last
      } else {
        guard group.utf8.count <= 4, group.utf8.first != UInt8(ascii: "+"), let value = UInt16(group, radix: 16) else {
          return nil
        }
        bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
      }
    }
    guard let gap else { return bytes.count == 16 ? bytes : nil }
    guard bytes.count <= 14 else { return nil }
    bytes.insert(contentsOf: [UInt8](repeating: 0, count: 16 - bytes.count), at: gap)
    return bytes
  }
}
