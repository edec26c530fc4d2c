import Encodings
import Checksums
import FoundationEssentials
import Glibc
import Core

/// Unpacked archives, each under the SHA-256 of its bytes: the same archive is unpacked once, and a folder that is there
/// is whole.
package struct CodeStore: Sendable {
  private let folder: String
  private let limits: CodeArchive.Limits

  /// - Parameter folder: is created when it is needed.
  package init(folder: String, limits: CodeArchive.Limits = .init()) {
    self.folder = folder
    self.limits = limits
  }

  /// Where the code of an archive lies. Blocks.
  ///
  /// - Throws: `CodeArchiveError`, `FileByteSource.OpenError`.
  package func unpacked(_ archive: String) throws -> String {
    let source = try FileByteSource(path: archive)
    guard source.size <= limits.archiveBytes else {
      throw CodeArchiveError.tooLarge(
        "'\(archive)' must have at most \(limits.archiveBytes) bytes, found \(source.size)")
    }
    let place = "\(folder)/\(try digest(source))"
    if isFolder(place) { return place }
    // Beside its place under a name of its own, so that a second process, or one after a power cut, finds all or nothing.
    let incoming = "\(folder)/incoming-\(RequestID.make())"
    try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
    do {
      try CodeArchive.unpack(source, into: incoming, limits: limits)
      // On the disk before a name says that it is whole. Once for all of it: archives may hold thousands of files.
      sync()
      if rename(incoming, place) != 0, !isFolder(place) {
        throw CodeArchiveError("CannotUnpack", "cannot make '\(place)': \(String(cString: strerror(errno)))")
      }
    } catch {
      try? FileManager.default.removeItem(atPath: incoming)
      throw error
    }
    try? FileManager.default.removeItem(atPath: incoming)
    return place
  }

  /// Removes what no function's code is, half unpacked folders included. To be called by the owner of the folder.
  package func keepOnly(_ places: Set<String>) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let path = "\(folder)/\(name)"
      if !places.contains(path) { try? FileManager.default.removeItem(atPath: path) }
    }
  }

  private func digest(_ source: FileByteSource) throws -> String {
    let digest = DigestStream(.sha256)
    var position = 0
    while position < Int(source.size) {
      let piece = try source.bytes(at: position, count: min(1 << 20, Int(source.size) - position))
      digest.update(piece)
      position += piece.count
    }
    return digest.finalize().hexString
  }

  private func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
