import Audio
import Core

/// A file that appears under its name only when it is complete; until then it has none, so that nothing is left of it.
final class WrittenFile: Sendable {
  private let path: String
  private let spare: String
  nonisolated(unsafe) let sink: FileSink

  init(path: String) throws {
    self.path = path
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    spare = folder + ".zoetrope-" + RandomDigits.make()
    sink = try FileSink.unnamed(in: folder)
  }

  /// - Throws: `FileSink.Failure` if the file cannot be given its name.
  func keep() throws { try sink.link(to: path, by: spare) }
}
