/// The hosts that sources may come from.
package struct HostList: Sendable, Equatable {
  private let hosts: Set<String>
  private let addresses: Set<RemoteAddress>
  /// The setting that holds the list, for messages.
  private let setting: String

  /// - Parameters:
  ///   - text: names and IP addresses between commas; blanks around them and the case do not count. Names are exact:
  ///   `example.com` does not stand for `cdn.example.com`. An address that is listed may be connected to, even a private
  ///   one.
  ///   - setting: the variable's name.
  package init(_ text: String, setting: String) {
    let entries = text.split(separator: ",").map {
      $0.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
    }.map { String($0).lowercased() }.filter { !$0.isEmpty }
    var hosts: Set<String> = []
    var addresses: Set<RemoteAddress> = []
    for entry in entries {
      let bare = entry.hasPrefix("[") && entry.hasSuffix("]") ? String(entry.dropFirst().dropLast()) : entry
      if let address = RemoteAddress(bare) {
        addresses.insert(address)
        hosts.insert(address.description)
      } else {
        hosts.insert(bare.hasSuffix(".") ? String(bare.dropLast()) : bare)
      }
    }
    self.hosts = hosts
    self.addresses = addresses
    self.setting = setting
  }

  /// - Throws: `RemoteFetchError` `HostNotAllowed`.
  package func check(_ url: RemoteURL) throws(RemoteFetchError) {
    if hosts.contains(url.host) { return }
    throw RemoteFetchError(
      .hostNotAllowed,
      hosts.isEmpty
        ? "no host is allowed: list the hosts of sources in \(setting)"
        : "the host '\(url.host)' is not allowed: it is not listed in \(setting)")
  }

  /// - Throws: `RemoteFetchError` `AddressRefused`.
  package func check(_ address: RemoteAddress, of url: RemoteURL) throws(RemoteFetchError) {
    guard let refusal = AddressFilter.refusal(of: address), !addresses.contains(address) else { return }
    throw RemoteFetchError(
      .addressRefused,
      "the host '\(url.host)' has the address \(address), which is \(refusal): not allowed unless \(setting) lists it")
  }
  /// For what must not go to other addresses in plain text.
  ///
  /// - Throws: `RemoteFetchError` `AddressRefused`.
  package func checkListed(_ address: RemoteAddress, of url: RemoteURL) throws(RemoteFetchError) {
    if addresses.contains(address) { return }
    throw RemoteFetchError(
      .addressRefused,
      "the host '\(url.host)' has the address \(address), which is not listed in \(setting): use https")
  }
}
