import Core
package import S3Storage
import FoundationEssentials
import Glibc
import Synchronization

/// Where request bodies are kept that no event can hold: a folder of its own for each request. A file of it goes with the
/// request, or with the object that was made of it.
package final class ScratchSpace: HeldFiles {
  package static let defaultLimit: Int64 = 8 << 30

  /// Bytes of the disk that scratch files leave free, for the store.
  private static let reserve: Int64 = 512 << 20

  private let folder: String
  private let limit: Int64
  private let used = Mutex<Int64>(0)
  private let held = Mutex<[String: Held]>([:])

  /// A complete file.
  private struct Held {
    let size: Int64
    let sha256: [UInt8]
    /// The request that brought it, and the objects that were made of it.
    var holders = 1
  }

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

  // MARK: Complete files

  /// The address under which events name a file.
  static func address(of path: String) -> String { "file://\(path)" }

  /// Holds a complete file for the request that brought it, until it is released.
  func hold(_ path: String, size: Int64, sha256: [UInt8]) {
    held.withLock { $0[path] = Held(size: size, sha256: sha256) }
  }

  package func take(_ address: String) -> HeldFile? {
    let path = String(address.dropFirst(Self.address(of: "").count))
    guard address == Self.address(of: path) else { return nil }
    let file = held.withLock { held in
      held[path]?.holders += 1
      return held[path]
    }
    guard let file else { return nil }
    return HeldFile(path: path, size: file.size, sha256: file.sha256) { [self] in release(path) }
  }

  /// Removes a file when its last holder lets go of it, and a folder with its last file. Blocks.
  func release(_ path: String) {
    let isFree = held.withLock { held in
      held[path]?.holders -= 1
      guard let file = held[path], file.holders > 0 else {
        held[path] = nil
        return true
      }
      return false
    }
    guard isFree else { return }
    unlink(path)
    rmdir(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
  }

  func folder(for requestID: String) -> String { "\(folder)/\(requestID)" }

  private var freeOnDisk: Int64 {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return .max }
    return Int64(status.f_bavail) * Int64(status.f_frsize)
  }
}
