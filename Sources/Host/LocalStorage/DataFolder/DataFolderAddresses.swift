import FoundationEssentials
import Core

/// Where the runtime that has a data folder is reached: `addresses.json`, there while it runs.
package enum DataFolderAddresses {
  private static func file(_ folder: String) -> URL { URL(filePath: "\(folder)/addresses.json") }

  /// nil where no runtime has said so.
  package static func read(folder: String) -> HostAddresses? {
    guard let content = try? Data(contentsOf: file(folder)) else { return nil }
    return try? JSON.decode(from: [UInt8](content))
  }

  package static func write(_ addresses: HostAddresses, folder: String) {
    // A help for the command line; it asks the usual ports otherwise.
    guard let content = try? JSON.encode(addresses) else { return }
    try? Data(content).write(to: file(folder), options: .atomic)
  }

  package static func remove(folder: String) { try? FileManager.default.removeItem(at: file(folder)) }
}

/// Where a running runtime is reached.
package struct HostAddresses: Sendable, Codable, Equatable {
  /// `http://127.0.0.1:4566`: for `AWS_ENDPOINT_URL`.
  package var endpoint: String
  /// `http://127.0.0.1:4567`.
  package var admin: String
  /// `http://127.0.0.1:4568`: the functions' routes and URLs.
  package var api: String

  package init(endpoint: String, admin: String, api: String) {
    self.endpoint = endpoint
    self.admin = admin
    self.api = api
  }
}
