/// An `http` or `https` address in one canonical spelling, so that what is checked is what is fetched.
package struct RemoteURL: Sendable, Hashable, CustomStringConvertible {
  package let scheme: String
  /// In lower case: a name without a final dot, or an IP address, without brackets.
  package let host: String
  package let port: Int
  /// Begins with `/`; percent-encoded, dot segments as written.
  package let path: String
  /// Without `?`.
  package let query: String?

  /// Characters of an address. Default 8192.
  package static let maximumLength = 8192

  /// - Throws: `RemoteFetchError` `InvalidURL`.
  package init(_ text: String) throws(RemoteFetchError) {
    guard text.utf8.count <= Self.maximumLength else {
      throw Self.invalid("an address must have at most \(Self.maximumLength) characters, found \(text.utf8.count)")
    }
    guard let colon = text.firstIndex(of: ":"), Self.isScheme(text[..<colon]) else {
      throw Self.invalid("an address must begin with http:// or https://, found '\(Self.excerpt(text))'")
    }
    let scheme = text[..<colon].lowercased()
    guard scheme == "http" || scheme == "https" else {
      throw Self.invalid("only http and https can be fetched, found '\(scheme)'")
    }
    let rest = text[text.index(after: colon)...]
    guard rest.hasPrefix("//") else {
      throw Self.invalid("an address must begin with \(scheme)://, found '\(Self.excerpt(text))'")
    }
    let afterSlashes = rest.dropFirst(2)
    let authority = afterSlashes.prefix { !"/?#\\".contains($0) }
    self = try Self(scheme: scheme, authority: authority, tail: afterSlashes[authority.endIndex...])
  }

  private init(scheme: String, authority: Substring, tail: Substring) throws(RemoteFetchError) {
    self.scheme = scheme
    guard !authority.contains("@") else { throw Self.invalid("an address must not hold credentials") }
    var hostText = authority
    var portText: Substring?
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { throw Self.invalid("the address's host is malformed") }
      hostText = authority[...bracket]
      let after = authority[authority.index(after: bracket)...]
      if !after.isEmpty {
        guard after.hasPrefix(":") else { throw Self.invalid("the address's host is malformed") }
        portText = after.dropFirst()
      }
    } else if let colon = authority.firstIndex(of: ":") {
      hostText = authority[..<colon]
      portText = authority[authority.index(after: colon)...]
    }
    host = try Self.host(hostText)
    if let portText, !portText.isEmpty {
      guard portText.utf8.count <= 5, portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let port = Int(portText),
        (1...65535).contains(port)
      else { throw Self.invalid("the address's port must be a number from 1 to 65535, found '\(portText)'") }
      self.port = port
    } else {
      port = scheme == "https" ? 443 : 80
    }
    let visible = tail.prefix { $0 != "#" }
    let path = visible.prefix { $0 != "?" }
    self.path = path.isEmpty ? "/" : try Self.encoded(path)
    guard self.path.hasPrefix("/") else { throw Self.invalid("the address's host is malformed") }
    query = path.endIndex < visible.endIndex ? try Self.encoded(visible[path.endIndex...].dropFirst()) : nil
  }

  private init(_ base: RemoteURL, path: String, query: String?) {
    scheme = base.scheme
    host = base.host
    port = base.port
    self.path = path
    self.query = query
  }

  /// What a reference found at this address leads to (RFC 3986, section 5.2).
  ///
  /// - Throws: `RemoteFetchError` `InvalidURL`.
  package func resolving(_ reference: String) throws(RemoteFetchError) -> RemoteURL {
    let text = reference.prefix { $0 != "#" }
    if let colon = text.firstIndex(of: ":"), Self.isScheme(text[..<colon]) { return try RemoteURL(String(text)) }
    if text.hasPrefix("//") { return try RemoteURL("\(scheme):\(text)") }
    guard text.utf8.count <= Self.maximumLength, !text.hasPrefix("\\") else {
      throw Self.invalid("'\(Self.excerpt(text))' is not an address")
    }
    if text.isEmpty { return self }
    let pathText = text.prefix { $0 != "?" }
    let query = pathText.endIndex < text.endIndex ? try Self.encoded(text[pathText.endIndex...].dropFirst()) : nil
    if pathText.isEmpty { return RemoteURL(self, path: path, query: query) }
    let written = try Self.encoded(pathText)
    let merged = written.hasPrefix("/") ? written : path[...(path.lastIndex(of: "/") ?? path.startIndex)] + written
    return RemoteURL(self, path: Self.withoutDots(merged), query: query)
  }

  package var description: String {
    let isDefault = port == (scheme == "https" ? 443 : 80)
    let name = host.contains(":") ? "[\(host)]" : host
    return "\(scheme)://\(name)\(isDefault ? "" : ":\(port)")\(path)\(query.map { "?\($0)" } ?? "")"
  }

  /// For messages: without the query, which may hold a secret.
  package var subject: String {
    String(description.prefix { $0 != "?" }.prefix(200))
  }

  // MARK: Parts

  private static func host(_ text: Substring) throws(RemoteFetchError) -> String {
    if text.hasPrefix("[") {
      guard let address = RemoteAddress(text.dropFirst().dropLast()), address.bytes.count == 16 else {
        throw invalid("'\(excerpt(text))' is not an IPv6 address")
      }
      return address.description
    }
    let name = (text.hasSuffix(".") ? text.dropLast() : text).lowercased()
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let isName = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count)
        && label.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    }
    guard isName, name.utf8.count <= 253, let last = labels.last else {
      throw invalid("'\(excerpt(text))' is not a host name")
    }
    // Numbers are addresses to some programs: whole, octal or hexadecimal ones, and fewer than four of them.
    let isNumber = last.utf8.allSatisfy { (0x30...0x39).contains($0) } || last.hasPrefix("0x")
    if isNumber {
      guard let address = RemoteAddress(name) else {
        throw invalid("an IPv4 address must be four decimal numbers, found '\(excerpt(text))'")
      }
      return address.description
    }
    return name
  }

  /// Percent-encodes what must not stand in an address as it is; what is encoded already stays.
  private static func encoded(_ text: Substring) throws(RemoteFetchError) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0..<0x20, 0x7f: throw invalid("an address must not hold control characters")
      case 0x20, 0x22, 0x3c, 0x3e, 0x5c, 0x5e, 0x60, 0x7b, 0x7c, 0x7d, 0x80...:
        let digits = Array("0123456789ABCDEF")
        result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      default: result.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return result
  }

  private static func withoutDots(_ path: String) -> String {
    var segments: [Substring] = []
    let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for (number, part) in parts.enumerated() {
      let isLast = number == parts.count - 1
      if part == "." || part == ".." {
        if part == "..", !segments.isEmpty { segments.removeLast() }
        if isLast { segments.append("") }
      } else {
        segments.append(part)
      }
    }
    return "/" + segments.joined(separator: "/")
  }

  private static func isScheme(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, (0x41...0x5a).contains(first & 0xdf) else { return false }
    return text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5a).contains($0 & 0xdf) || "+-.".utf8.contains($0)
    }
  }

  private static func excerpt(_ text: some StringProtocol) -> String {
    String(text.prefix(100).map { $0.isASCII && $0 >= " " ? $0 : "?" })
  }

  private static func invalid(_ message: String) -> RemoteFetchError { RemoteFetchError(.invalidURL, message) }
}
