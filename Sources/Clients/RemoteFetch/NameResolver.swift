import Glibc

/// Looks host names up. Calls block.
package protocol NameResolver: Sendable {
  /// - Throws: `RemoteFetchError` `SourceFailed`.
  func addresses(of host: String) throws(RemoteFetchError) -> [RemoteAddress]
}

/// The system's resolver.
package struct SystemResolver: NameResolver {
  package init() {}

  package func addresses(of host: String) throws(RemoteFetchError) -> [RemoteAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard status == 0 else {
      throw RemoteFetchError(
        .sourceFailed, "the host '\(host)' cannot be found: \(String(cString: gai_strerror(status)))",
        isRetryable: status == EAI_AGAIN)
    }
    var result: [RemoteAddress] = []
    var next = list
    while let entry = next {
      if let address = Self.address(entry.pointee), !result.contains(address) { result.append(address) }
      next = entry.pointee.ai_next
    }
    return result
  }

  private static func address(_ entry: addrinfo) -> RemoteAddress? {
    guard let raw = UnsafeRawPointer(entry.ai_addr) else { return nil }
    switch entry.ai_family {
    case AF_INET:
      var address = raw.load(as: sockaddr_in.self).sin_addr
      return RemoteAddress(bytes: withUnsafeBytes(of: &address) { Array($0) })
    case AF_INET6:
      var address = raw.load(as: sockaddr_in6.self).sin6_addr
      return RemoteAddress(bytes: withUnsafeBytes(of: &address) { Array($0) })
    default: return nil
    }
  }
}
