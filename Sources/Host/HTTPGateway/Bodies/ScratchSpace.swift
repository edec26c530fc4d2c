import Core
import FoundationEssentials
import Glibc
import Synchronization

/// Where request bodies are kept that no event can hold: a folder of its own for each request, removed with it.
package final class ScratchSpace: Sendable {
  package static let defaultLimit: Int64 = 8 << 30

  /// Bytes of the disk that scratch files leave free, for the store.
  private static let reserve: Int64 = 512 << 20

  private let folder: String
  private let limit: Int64
  private let used = Mutex<Int64>(0)

  /// Removes what a host left there that was killed. Blocks.
  ///
  /// - Parameters:
  ///   - folder: belongs to this object alone.
  ///   - limit: bytes of all files together.
  package init(folder: String, limit: Int64 = ScratchSpace.defaultLimit) throws {
    self.folder = folder
    self.limit = limit
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    chmod(folder, 0o700)
  }

  package var usedBytes: Int64 { used.withLock { $0 } }

  /// Whether a body of that length would fit now.
  func hasRoom(for bytes: Int64) -> Bool { used.withLock { $0 } + bytes <= limit && freeOnDisk - bytes >= Self.reserve }

  /// - Returns: whether there was room.
  func take(_ bytes: Int64) -> Bool {
    used.withLock { used in
      guard used + bytes <= limit else { return false }
      used += bytes
      return true
    }
  }

  func give(back bytes: Int64) { used.withLock { $0 -= bytes } }

  func folder(for requestID: String) -> String { "\(folder)/\(requestID)" }

  private var freeOnDisk: Int64 {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return .max }
    return Int64(status.f_bavail) * Int64(status.f_frsize)
  }
}
