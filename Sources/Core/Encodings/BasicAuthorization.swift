/// HTTP Basic (RFC 7617).
package struct BasicAuthorization: Sendable, Equatable {
  package let username: String
  package let password: String

  /// - Parameter header: the value of `Authorization`, up to 4 KiB.
  package init?(_ header: String?) {
    guard let header, header.utf8.count <= 4096, header.prefix(6).lowercased() == "basic " else { return nil }
    let text = String(header.dropFirst(6).drop { $0 == " " })
    guard let bytes = Base64.decode(text), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    username = String(decoding: bytes[..<colon], as: UTF8.self)
    password = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
  }
}
