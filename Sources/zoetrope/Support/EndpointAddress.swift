import Core
import FoundationEssentials
import HTTPServer
import HTTPTransport
import LocalStorage

/// Where a runtime is reached: one name, `ZOETROPE_ENDPOINT`, for the commands that use its S3 port and for those that use
/// its administration port.
enum EndpointAddress {
  static let variable = "ZOETROPE_ENDPOINT"

  /// `--endpoint`, or `ZOETROPE_ENDPOINT`; nil if neither is given.
  ///
  /// - Throws: `CommandError` if it is no address.
  static func named(_ option: String?) throws -> String? {
    guard let text = option ?? EnvironmentReader(ProcessEnvironment.variables).optional(variable) else { return nil }
    guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
      throw CommandError(
        "\(option == nil ? variable : "--endpoint") must be an address such as \(LocalDefaults.endpoint), found '\(text)'"
      )
    }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// The administration port of the runtime whose S3 port is at `endpoint`: the data folder knows it, or the runtime says it.
  ///
  /// - Returns: nil if neither does: another store, or nothing answers.
  static func administration(
    of endpoint: String, folder: DataFolderOptions, http: CurlTransport
  ) async -> String? {
    if let own = folder.addresses, own.endpoint == endpoint { return own.admin }
    var request = HTTPRequest(method: "GET", url: endpoint + HostPorts.path)
    request.connectTimeout = .seconds(5)
    request.stallTimeout = .seconds(5)
    guard let answer = try? await http.send(request), answer.status == 200,
      let ports: HostPorts = try? JSON.decode(from: answer.body), let port = ports.web
    else { return nil }
    let scheme = endpoint.hasPrefix("https://") ? "https" : "http"
    let authority = endpoint.dropFirst(scheme.count + 3).prefix { $0 != "/" }
    return "\(scheme)://\(host(of: authority)):\(port)"
  }

  /// Without the port; brackets of an IPv6 address are kept.
  private static func host(of authority: Substring) -> Substring {
    if authority.hasPrefix("["), let end = authority.lastIndex(of: "]") { return authority[...end] }
    return authority.prefix { $0 != ":" }
  }
}
