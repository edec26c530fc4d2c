/// Where the other ports of a runtime are, as its S3 port tells every caller at `path`. No bucket can have that name.
package struct HostPorts: Codable, Sendable, Equatable {
  package static let path = "/_zoetrope/ports"

  /// Pages and administration; nil while it does not listen.
  package var web: Int?
  /// The functions' routes and URLs.
  package var api: Int?

  package init(web: Int?, api: Int?) {
    (self.web, self.api) = (web, api)
  }

  /// - Parameter address: `http://127.0.0.1:4567`.
  package static func port(of address: String) -> Int? { address.split(separator: ":").last.flatMap { Int($0) } }
}
