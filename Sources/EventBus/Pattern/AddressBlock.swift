import Glibc

/// `{"cidr": "10.0.0.0/24"}`: a block of IPv4 or IPv6 addresses (RFC 4632).
struct AddressBlock: Sendable {
  private let network: [UInt8]
  private let bits: Int

  /// `nil` where the text is not an address, a slash and the number of leading bits. Bits behind those are ignored.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let network = Self.parse(String(parts[0])), let bits = Int(parts[1]),
      parts[1].allSatisfy(\.isNumber), (0...(network.count * 8)).contains(bits)
    else { return nil }
    self.network = network
    self.bits = bits
  }

  /// An IPv4 block has no IPv6 addresses in it and the other way round.
  func contains(_ text: String) -> Bool {
    guard let address = Self.parse(text), address.count == network.count else { return false }
    let whole = bits / 8
    guard address[..<whole] == network[..<whole] else { return false }
    guard bits % 8 != 0 else { return true }
    let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
    return address[whole] & mask == network[whole] & mask
  }

  private static func parse(_ text: String) -> [UInt8]? {
    // A zero byte would end the text early for C.
    guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var address = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &address) == 1 { return address }
    }
    return nil
  }
}
