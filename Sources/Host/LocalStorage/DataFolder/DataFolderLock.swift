import FoundationEssentials
import Glibc
package import Core

/// One runtime per data folder: an advisory lock that ends with the process, however it ends.
package final class DataFolderLock: Sendable {
  private let descriptor: Int32

  /// Creates the folder where it is missing.
  ///
  /// - Throws: `RuntimeError` (`DataFolderInUse`, `InvalidDataFolder`).
  package init(folder: String) throws(RuntimeError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw RuntimeError("InvalidDataFolder", "cannot create the data folder '\(folder)': \(error)")
    }
    let path = "\(folder)/lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw RuntimeError("InvalidDataFolder", "cannot open '\(path)': \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let owner = (try? String(contentsOf: URL(filePath: path), encoding: .utf8)) ?? ""
      close(descriptor)
      let process = owner.isEmpty ? "another process" : "process \(owner.prefix(10))"
      throw RuntimeError(
        "DataFolderInUse", "the data folder '\(folder)' is in use by \(process): stop it, or choose another folder")
    }
    let pid = Array("\(getpid())".utf8)
    ftruncate(descriptor, 0)
    _ = pid.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    // Only now: an initialiser that throws when everything is set runs `deinit`, which would close once more.
    self.descriptor = descriptor
  }

  /// Gives the folder back at once: who still holds a reference, or a process that was just being started and has the
  /// descriptor until it runs its program, would keep it for a moment longer.
  package func release() { flock(descriptor, LOCK_UN) }

  deinit { close(descriptor) }
}
