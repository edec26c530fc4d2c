package import Core

/// Where a Redis server is, and as whom: `redis://[user:password@]host:port[/db]`.
package struct RedisAddress: Sendable, Equatable {
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

  package init(host: String, port: Int = 6379, database: Int = 0, user: String? = nil, password: String? = nil) {
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
      ConfigurationError(problems: ["the queue must be redis://[user:password@]host:port[/db], \(found)"])
    }
    guard !text.hasPrefix("rediss://") else {
      throw wrong("and TLS (rediss://) is not spoken: use a private network, or a tunnel such as stunnel")
    }
    guard text.hasPrefix("redis://") else { throw wrong("found something that does not begin with 'redis://'") }
    var rest = text.dropFirst("redis://".count)
    self.init(host: "")
    if let at = rest.lastIndex(of: "@") {
      let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let user = Self.decode(parts[0]), let password = Self.decode(parts[1]) else {
        throw wrong("found a user that is not followed by a colon and a percent-encoded password")
      }
      self.user = user.isEmpty ? nil : user
      self.password = password
      rest = rest[rest.index(after: at)...]
    }
    let place = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    if place.count == 2, !place[1].isEmpty {
      guard let number = Int(place[1]), (0...65_535).contains(number) else {
        throw wrong("where db is a whole number from 0, found '\(place[1].prefix(40))'")
      }
      database = number
    }
    let authority = place[0]
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
