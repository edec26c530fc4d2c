import FoundationEssentials
import Glibc
package import Logging

/// The folder that holds every process's private `TMPDIR`.
package enum TemporaryFolder {
  /// Creates the folder and removes what a killed host left behind: first the processes, then the files.
  ///
  /// Returns the folder's real path: it marks the host's processes, so it must have one spelling.
  package static func prepare(_ path: String, logger: Logger) throws(HostError) -> String {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw HostError("InvalidTemporaryFolder", "cannot create the folder '\(path)': \(error)")
    }
    guard let real = realpath(path, nil) else {
      throw HostError("InvalidTemporaryFolder", "cannot use the folder '\(path)': \(describe(errno: errno))")
    }
    defer { free(real) }
    let folder = String(cString: real)
    chmod(folder, 0o700)
    let killed = ProcessTable.killAll(withVariable: "TMPDIR=\(folder)/")
    if killed > 0 { logger.notice("ended processes of a host that was killed", metadata: ["count": "\(killed)"]) }
    do {
      for item in try FileManager.default.contentsOfDirectory(atPath: folder) {
        try FileManager.default.removeItem(atPath: "\(folder)/\(item)")
      }
    } catch {
      logger.warning("cannot remove old temporary files", metadata: ["folder": "\(folder)", "error": "\(error)"])
    }
    return folder
  }
}
