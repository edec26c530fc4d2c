package import Core

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The reverse proxies whose word on callers is taken: addresses, or networks such as `10.0.0.0/8`.
package struct TrustedProxies: Sendable, Equatable {
  private struct Network: Sendable, Equatable {
    var address: [UInt8]
    var bits: Int

    func contains(_ other: [UInt8]) -> Bool {
      guard other.count == address.count else { return false }
      return (0..<bits).allSatisfy { bit in
        (address[bit / 8] ^ other[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
      }
    }
  }

  private var networks: [Network] = []

  package static let none = TrustedProxies()

  private init() {}

  /// - Parameter texts: `127.0.0.1`, `::1`, `10.0.0.0/8`.
  /// - Throws: `ConfigurationError` that names every text that is none.
  package init(_ texts: [String]) throws(ConfigurationError) {
    var problems: [String] = []
    for text in texts {
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let address = IPAddress.bytes(parts[0]) else {
        problems.append("a trusted proxy must be an IP address or a network such as 10.0.0.0/8, found '\(text)'")
        continue
      }
      let bits = parts.count == 2 ? Int(parts[1]) ?? -1 : address.count * 8
      guard (0...address.count * 8).contains(bits) else {
        problems.append("the network '\(text)' must have a length from 0 to \(address.count * 8)")
        continue
      }
      networks.append(Network(address: address, bits: bits))
    }
    if !problems.isEmpty { throw ConfigurationError(problems: problems) }
  }

  package var isEmpty: Bool { networks.isEmpty }

  package func contains(_ address: some StringProtocol) -> Bool {
    guard let bytes = IPAddress.bytes(address) else { return false }
    return networks.contains { $0.contains(bytes) }
  }
}

/// Addresses as bytes.
enum IPAddress {
  /// Four or sixteen bytes; nil where the text is no address. IPv4 addresses within IPv6 are four.
  static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let text = String(text)
    if let four = bytes(text, AF_INET, 4) { return four }
    guard let six = bytes(text, AF_INET6, 16) else { return nil }
    // ::ffff:127.0.0.1 is 127.0.0.1.
    let isMapped = six[..<10].allSatisfy { $0 == 0 } && six[10] == 0xFF && six[11] == 0xFF
    return isMapped ? Array(six[12...]) : six
  }

  private static func bytes(_ text: String, _ family: Int32, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return inet_pton(family, text, &bytes) == 1 ? bytes : nil
  }
}
