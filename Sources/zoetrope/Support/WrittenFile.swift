import Audio
import Core
import Glibc

/// A file that appears under its name only when it is complete.
final class WrittenFile: Sendable {
  private let path: String
  private let temporary: String
  nonisolated(unsafe) let sink: FileSink

  init(path: String) throws {
    self.path = path
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    temporary = (folder.isEmpty ? (path.hasPrefix("/") ? "/" : "") : folder + "/") + ".zoetrope-" + RandomDigits.make()
    sink = try FileSink(path: temporary)
  }

  /// - Throws: `CommandError` if the file cannot be given its name.
  func keep() throws {
    try sink.flush()
    if rename(temporary, path) != 0 {
      throw CommandError("cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
  }

  func discard() { unlink(temporary) }
}
