import Core
import FoundationEssentials

/// Remembers over restarts up to when each schedule was dealt with: a small file in the data folder.
package struct ScheduleLedger: Sendable {
  /// `nil`: nothing is remembered, as for a host without a data folder.
  package let path: String?

  package init(path: String?) {
    self.path = path
  }

  /// Blocks. A file that cannot be read counts as none.
  package func load() -> [String: Int64] {
    guard let path, let bytes = FileManager.default.contents(atPath: path) else { return [:] }
    return (try? JSON.decode([String: Int64].self, from: Array(bytes))) ?? [:]
  }

  /// Blocks.
  package func save(_ handled: [String: Int64]) throws {
    guard let path else { return }
    try Data(JSON.encode(handled)).write(to: URL(filePath: path), options: .atomic)
  }
}
