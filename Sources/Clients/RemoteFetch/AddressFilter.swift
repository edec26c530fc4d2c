/// Which addresses lead to the public internet, and to nothing behind this machine's back.
package enum AddressFilter {
  /// What a refused address is, for a person; `nil` for a public one.
  package static func refusal(of address: RemoteAddress) -> String? {
    let bytes = address.bytes
    if bytes.count == 4 { return fourRefusal(bytes) }
    if let inner = embedded(bytes) {
      return fourRefusal(inner) ?? (isTranslated(bytes) ? nil : "an IPv4 address within IPv6")
    }
    return sixRefusal(bytes)
  }

  /// https://www.iana.org/assignments/iana-ipv4-special-registry/
  private static let four: [(first: [UInt8], bits: Int, name: String)] = [
    ([0, 0, 0, 0], 8, "this network"), ([10, 0, 0, 0], 8, "private"), ([100, 64, 0, 0], 10, "shared by a carrier"),
    ([127, 0, 0, 0], 8, "loopback"), ([169, 254, 0, 0], 16, "link-local"), ([172, 16, 0, 0], 12, "private"),
    ([192, 0, 0, 0], 24, "reserved"), ([192, 0, 2, 0], 24, "for documentation"),
    ([192, 31, 196, 0], 24, "reserved"), ([192, 52, 193, 0], 24, "reserved"), ([192, 88, 99, 0], 24, "reserved"),
    ([192, 168, 0, 0], 16, "private"), ([192, 175, 48, 0], 24, "reserved"), ([198, 18, 0, 0], 15, "for benchmarks"),
    ([198, 51, 100, 0], 24, "for documentation"), ([203, 0, 113, 0], 24, "for documentation"),
    ([224, 0, 0, 0], 4, "multicast"), ([240, 0, 0, 0], 4, "reserved"),
  ]

  private static func fourRefusal(_ bytes: [UInt8]) -> String? {
    four.first { begins(bytes, with: $0.first, bits: $0.bits) }?.name
  }

  /// https://www.iana.org/assignments/iana-ipv6-special-registry/; what is not global unicast (2000::/3) is refused.
  private static let six: [(first: [UInt8], bits: Int, name: String)] = [
    ([0x20, 0x01, 0x00], 23, "reserved"), ([0x20, 0x01, 0x0d, 0xb8], 32, "for documentation"),
    ([0x3f, 0xff, 0x00], 20, "for documentation"), ([0x26, 0x20, 0x00, 0x4f, 0x80, 0x00], 48, "reserved"),
  ]

  private static func sixRefusal(_ bytes: [UInt8]) -> String? {
    if bytes.dropLast().allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? "loopback" : "unspecified" }
    if bytes[0] == 0xfe, bytes[1] & 0xc0 == 0x80 { return "link-local" }
    if bytes[0] & 0xfe == 0xfc { return "private" }
    if bytes[0] == 0xff { return "multicast" }
    guard bytes[0] & 0xe0 == 0x20 else { return "reserved" }
    return six.first { begins(bytes, with: $0.first, bits: $0.bits) }?.name
  }

  /// The IPv4 address that an IPv6 address stands for: mapped and compatible ones (RFC 4291, section 2.5.5), 6to4
  /// (RFC 3056), Teredo (RFC 4380) and translated ones (RFC 6052, RFC 8215).
  private static func embedded(_ bytes: [UInt8]) -> [UInt8]? {
    let tail = Array(bytes[12...])
    if bytes[..<10].allSatisfy({ $0 == 0 }) {
      if bytes[10] == 0xff, bytes[11] == 0xff { return tail }
      if bytes[10] == 0, bytes[11] == 0, tail[0] != 0 || tail[1] != 0 { return tail }
      return nil
    }
    // ::ffff:0:a.b.c.d (RFC 2765).
    if bytes[..<8].allSatisfy({ $0 == 0 }), bytes[8] == 0xff, bytes[9] == 0xff, bytes[10] == 0, bytes[11] == 0 {
      return tail
    }
    if isTranslated(bytes) { return tail }
    if bytes[0] == 0x00, bytes[1] == 0x64, bytes[2] == 0xff, bytes[3] == 0x9b { return [127, 0, 0, 1] }
    if bytes[0] == 0x20, bytes[1] == 0x02 { return Array(bytes[2..<6]) }
    if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] == 0, bytes[3] == 0 { return tail.map { ~$0 } }
    return nil
  }

  /// 64:ff9b::/96, by which networks without IPv4 reach the public rest.
  private static func isTranslated(_ bytes: [UInt8]) -> Bool {
    bytes[0] == 0 && bytes[1] == 0x64 && bytes[2] == 0xff && bytes[3] == 0x9b && bytes[4..<12].allSatisfy { $0 == 0 }
  }

  private static func begins(_ bytes: [UInt8], with first: [UInt8], bits: Int) -> Bool {
    for bit in 0..<bits {
      let mask = UInt8(0x80) >> UInt8(bit & 7)
      let wanted = bit >> 3 < first.count ? first[bit >> 3] : 0
      if bytes[bit >> 3] & mask != wanted & mask { return false }
    }
    return true
  }
}
