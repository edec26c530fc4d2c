import FoundationEssentials

/// Paths as a person gives them on the command line.
package enum FilePath {
  /// The path from the root; a relative one counts from the current folder.
  package static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}
