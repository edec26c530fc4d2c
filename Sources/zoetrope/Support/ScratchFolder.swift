import Terminals
import FoundationEssentials
import Core

/// A temporary folder of this process's own.
struct ScratchFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/zoetrope-" + RequestID.make()
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CommandError("cannot make the temporary folder '\(path)': \(Reason.of(error))")
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
