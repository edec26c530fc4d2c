import Terminals
import FoundationEssentials
import Core

/// A folder named by a person, as root and bucket of a `FolderStore`.
struct OutputFolder {
  let root: String
  let name: String

  /// Makes the folder where it is absent.
  init(path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CommandError("cannot make the folder '\(path)': \(Reason.of(error))")
    }
    let absolute = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL.path(percentEncoded: false)
    let parts = absolute.split(separator: "/")
    guard let last = parts.last else { throw CommandError("the folder must not be '/'") }
    name = String(last)
    root = "/" + parts.dropLast().joined(separator: "/")
  }
}
