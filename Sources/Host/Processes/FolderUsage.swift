import Glibc

/// What the files of a folder take of the disk.
enum FolderUsage {
  /// More entries than a function's scratch files have: counting ends there.
  private static let maximumEntries = 100_000

  /// Bytes that the disk has set aside for everything below a folder; links are not followed. Blocks for a few microseconds
  /// an entry.
  ///
  /// - Parameter limit: counting ends above it.
  static func bytes(of folder: String, atMost limit: Int) -> Int {
    var (sum, entries) = (0, 0)
    var folders = [folder]
    while let path = folders.popLast() {
      guard let stream = opendir(path) else { continue }
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        var status = stat()
        guard fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
        sum += Int(status.st_blocks) * 512
        entries += 1
        if sum > limit || entries >= maximumEntries { return sum }
        if status.st_mode & S_IFMT == S_IFDIR { folders.append("\(path)/\(name)") }
      }
    }
    return sum
  }
}
