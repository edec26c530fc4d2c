import Core
import FoundationEssentials

/// A name for a file of one step, in the folder for temporary files.
struct ScratchFile: Sendable {
  let path: String

  init(path: String) { self.path = path }

  init(in folder: String, extension name: String) throws { path = "\(folder)/\(RequestID.make()).\(name)" }

  func remove() {
    // A file that was never made need not be removed.
    if FileManager.default.fileExists(atPath: path) { try? FileManager.default.removeItem(atPath: path) }
  }
}
