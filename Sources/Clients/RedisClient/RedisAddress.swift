package import Core

/// Where a Redis server is, and as whom: `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS.
package struct RedisAddress: Sendable, Equatable {
  /// How a server is verified, and what this client shows it. Paths of PEM files.
  package struct TLS: Sendable, Equatable {
    /// `ssl_ca_certs`. nil: the system's authorities, or those of the variable `SSL_CERT_FILE`.
    package var authorities: String?
    /// `ssl_certfile`: with its chain. nil: the server asks for none.
    package var certificate: String?
    /// `ssl_keyfile`. nil: it is in the certificate's file.
    package var key: String?

    package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
      self.authorities = authorities
      self.certificate = certificate
      self.key = key
    }
  }

  /// Without the brackets of an IPv6 address.
  package var host: String
  /// Default 6379.
  package var port: Int
  /// Default 0.
  package var database: Int
  /// nil: Redis's `default` user.
  package var user: String?
  /// nil: not asked for one.
  package var password: String?
  /// nil: plain text.
  package var tls: TLS?

  package init(
    host: String, port: Int = 6379, database: Int = 0, user: String? = nil, password: String? = nil, tls: TLS? = nil
  ) {
    self.tls = tls
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
  }

  /// Reads the address; user and password are percent-encoded.
  ///
  /// - Throws: `ConfigurationError` that never repeats a password.
  package init(_ text: String) throws(ConfigurationError) {
    func wrong(_ found: String) -> ConfigurationError {
      ConfigurationError(problems: [
        "the queue must be redis://[user:password@]host:port[/db] (rediss:// for TLS), \(found)"
      ])
    }
    guard let scheme = ["redis://", "rediss://"].first(where: text.hasPrefix) else {
      throw wrong("found something that does not begin with 'redis://' or 'rediss://'")
    }
    var rest = text.dropFirst(scheme.count)
    self.init(host: "")
    if scheme == "rediss://" { tls = TLS() }
    let place = rest.lastIndex(of: "@").map { rest[$0...] } ?? rest
    if let mark = place.firstIndex(of: "?") {
      guard tls != nil else { throw wrong("found settings after '?', which rediss:// alone has") }
      for pair in rest[rest.index(after: mark)...].split(separator: "&") {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let value = Self.decode(parts[1]), !value.isEmpty else {
          throw wrong("found a setting without a percent-encoded value after '?'")
        }
        switch parts[0] {
        case "ssl_ca_certs": tls?.authorities = value
        case "ssl_certfile": tls?.certificate = value
        case "ssl_keyfile": tls?.key = value
        default:
          throw wrong("whose settings are ssl_ca_certs, ssl_certfile and ssl_keyfile, found '\(parts[0].prefix(40))'")
        }
      }
      rest = rest[..<mark]
    }
    if let at = rest.lastIndex(of: "@") {
      let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let user = Self.decode(parts[0]), let password = Self.decode(parts[1]) else {
        throw wrong("found a user that is not followed by a colon and a percent-encoded password")
      }
      self.user = user.isEmpty ? nil : user
      self.password = password
      rest = rest[rest.index(after: at)...]
    }
    let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, !parts[1].isEmpty {
      guard let number = Int(parts[1]), (0...65_535).contains(number) else {
        throw wrong("where db is a whole number from 0, found '\(parts[1].prefix(40))'")
      }
      database = number
    }
    let authority = parts[0]
    var portText: Substring?
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      host = String(authority[authority.index(after: authority.startIndex)..<end])
      let after = authority[authority.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else { throw wrong("found '\(authority.prefix(80))'") }
      portText = after.isEmpty ? nil : after.dropFirst()
    } else {
      let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2 else { throw wrong("an IPv6 address stands in brackets, found '\(authority.prefix(80))'") }
      host = String(parts[0])
      portText = parts.count == 2 ? parts[1] : nil
    }
    guard !host.isEmpty else { throw wrong("found no host") }
    if let portText {
      guard let number = Int(portText), (1...65_535).contains(number) else {
        throw wrong("where port is a whole number from 1 to 65535, found '\(portText.prefix(40))'")
      }
      port = number
    }
  }

  private static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

/// A password must not reach a log.
extension RedisAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    return database == 0 ? place : "\(place)/\(database)"
  }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["place": description], displayStyle: .struct) }
}
