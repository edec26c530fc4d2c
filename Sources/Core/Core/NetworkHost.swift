/// A host as addresses name it: a name, or an IP address.
package struct NetworkHost: Sendable, Equatable {
  /// IPv6 addresses without brackets.
  package let name: String

  /// - Parameter name: `localhost`, `127.0.0.1`, `::1`.
  package init(_ name: String) {
    self.name = name
  }

  /// The host of an authority, `HOST` or `HOST:PORT` (RFC 3986, section 3.2), IPv6 addresses in brackets.
  ///
  /// nil where the text is anything else: without a host, with user information, with more behind the brackets.
  package init?(authority: some StringProtocol) {
    let end: String.Index
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { return nil }
      name = String(authority[..<bracket].dropFirst())
      end = authority.index(after: bracket)
    } else {
      end = authority.firstIndex(of: ":") ?? authority.endIndex
      name = String(authority[..<end])
    }
    let port = authority[end...]
    guard !name.isEmpty, !name.contains("@"), port.isEmpty || port.first == ":",
      port.dropFirst().utf8.allSatisfy(Self.isDigit)
    else { return nil }
  }

  /// Whether it is this machine and nothing else: `localhost`, `::1`, or four numbers of 127.0.0.0/8.
  ///
  /// Other spellings of these (`127.1`, `::ffff:127.0.0.1`, `LOCALHOST`, leading zeros) are not taken: programs differ in
  /// what they make of them.
  package var isLoopback: Bool {
    if name == "localhost" || name == "::1" { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy(Self.isOctet)
  }

  private static func isOctet(_ text: Substring) -> Bool {
    text.utf8.allSatisfy(isDigit) && UInt8(text) != nil && (text == "0" || text.first != "0")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
