import FoundationEssentials
import Core

/// Where the runtime that has a data folder is reached: `addresses.json`, there while it runs.
package enum DataFolderAddresses {
  private static func file(_ folder: String) -> URL { URL(filePath: "\(folder)/addresses.json") }

  /// nil where no runtime has said so.
  package static func read(folder: String) -> LocalRuntime.Addresses? {
    guard let content = try? Data(contentsOf: file(folder)) else { return nil }
    return try? JSON.decode(from: [UInt8](content))
  }

  static func write(_ addresses: LocalRuntime.Addresses, folder: String) {
    // A help for the command line; it asks the usual ports otherwise.
    guard let content = try? JSON.encode(addresses) else { return }
    try? Data(content).write(to: file(folder), options: .atomic)
  }

  static func remove(folder: String) { try? FileManager.default.removeItem(at: file(folder)) }
}
