import Audio
import Core
import Glibc

/// A file that appears under its name only when it is complete. Until then it has none, or on file systems that have no files
/// without a name, one that goes with this.
final class WrittenFile: Sendable {
  private let path: String
  private let spare: String
  private let hasSpareName: Bool
  nonisolated(unsafe) let sink: FileSink

  /// - Throws: `FileSink.Failure` if nothing can be written beside `path`.
  init(path: String) throws {
    self.path = path
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    spare = folder + ".zoetrope-" + RandomDigits.make()
    do {
      sink = try FileSink.unnamed(in: folder)
      hasSpareName = false
    } catch {
      guard let named = try? FileSink(path: spare) else { throw error }
      sink = named
      hasSpareName = true
    }
  }

  deinit { if hasSpareName { unlink(spare) } }

  /// - Throws: `FileSink.Failure` or `CommandError` if the file cannot be given its name.
  func keep() throws {
    guard hasSpareName else { return try sink.link(to: path, by: spare) }
    try sink.flush()
    guard rename(spare, path) == 0 else {
      throw CommandError("cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
  }
}
