extension HTTPRequest {
  /// Refuses whatever could be read as something else on the wire: a line break in a header smuggles in another one.
  ///
  /// - Throws: `TransportError` (`BadRequest`).
  func validate() throws(TransportError) {
    guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else {
      throw TransportError(.badRequest, "'\(method)' is not an HTTP method")
    }
    guard origin != nil, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw TransportError(
        .badRequest, "a request's address must be http:// or https://, a host and percent-encoded, found '\(url)'")
    }
    for (name, value) in headers.pairs {
      guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
        throw TransportError(.badRequest, "'\(name)' is not a header name (\(subject))")
      }
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        throw TransportError(.badRequest, "the header '\(name)' must not contain control characters (\(subject))")
      }
    }
  }

  /// Scheme, host and port as written: what connections are counted by. `nil` where the address has none.
  var origin: String? {
    let bytes = url.utf8
    let lowered = url.prefix(8).lowercased()
    let scheme = lowered.hasPrefix("https://") ? 8 : lowered.hasPrefix("http://") ? 7 : 0
    guard scheme > 0 else { return nil }
    let authority = bytes.dropFirst(scheme).prefix { !"/?#".utf8.contains($0) }
    return authority.isEmpty ? nil : String(url[..<authority.endIndex]).lowercased()
  }

  /// Method and address for messages; without the query, which holds the signature of a presigned request.
  var subject: String {
    "\(method) \(url.prefix { $0 != "?" && $0 != "#" })"
  }

  /// RFC 9110 §5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
