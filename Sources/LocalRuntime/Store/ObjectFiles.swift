import FoundationEssentials
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The files that hold the bytes of objects, under names of our own making: no path is ever built from a key.
///
/// `objects/<first two digits>/<32 hexadecimal digits>` are complete files, `incoming/` holds what is being written.
/// All methods block.
final class ObjectFiles: Sendable {
  private let root: String
  private let leases = FileLeases()
  /// Whether commits wait for the disk.
  private let isDurable: Bool

  /// - Parameter root: is created where it is not there.
  init(root: String, isDurable: Bool) throws(StorageError) {
    self.root = root
    self.isDurable = isDurable
    for folder in [root, "\(root)/incoming", "\(root)/objects"] { try Self.makeFolder(folder) }
  }

  func path(of name: String) -> String { "\(root)/objects/\(name.prefix(2))/\(name)" }

  // MARK: Writing

  /// A file to be written, not visible to anybody before `publish`.
  func create() throws(StorageError) -> (name: String, file: OpenFile) {
    let name = UUID().uuidString.filter { $0 != "-" }.lowercased()
    let path = "\(root)/incoming/\(name)"
    return (name, try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600))
  }

  /// Makes a written file durable under its final name.
  func publish(_ name: String, _ file: OpenFile) throws(StorageError) {
    if isDurable { try file.synchronize() }
    let (source, target) = ("\(root)/incoming/\(name)", path(of: name))
    let folder = "\(root)/objects/\(name.prefix(2))"
    if rename(source, target) != 0 {
      // The first file of its folder.
      guard errno == ENOENT else { throw StorageError(errno, "rename", target) }
      try Self.makeFolder(folder)
      if isDurable { try OpenFile("\(root)/objects", O_RDONLY | O_DIRECTORY).synchronize() }
      guard rename(source, target) == 0 else { throw StorageError(errno, "rename", target) }
    }
    if isDurable { try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchronize() }
  }

  /// Removes a file that was not published.
  func discard(_ name: String) {
    unlink("\(root)/incoming/\(name)")
  }

  // MARK: Reading

  /// Keeps the files there until `release`, even if they are removed meanwhile.
  ///
  /// - Returns: false where one of them is being removed.
  func acquire(_ names: [String]) -> Bool { leases.acquire(names) }

  /// - Returns: what is to be done on a thread that may block, where this was the last reader of removed files.
  func release(_ names: [String]) -> (@Sendable () -> Void)? {
    let free = leases.release(names)
    if free.isEmpty { return nil }
    return { @Sendable [self] in unlink(free) }
  }

  func open(_ name: String) throws(StorageError) -> OpenFile {
    try OpenFile(path(of: name), O_RDONLY)
  }

  // MARK: Removing

  /// Removes files that no object refers to any more, now or when their last reader is done.
  func remove(_ names: [String]) { unlink(leases.condemn(names)) }

  private func unlink(_ names: [String]) {
    // One that cannot be removed now is an orphan, and those are collected when the store is opened.
    for name in names { unlink(path(of: name)) }
    leases.forget(names)
  }

  private func unlink(_ path: String) {
    #if canImport(Glibc)
      _ = Glibc.unlink(path)
    #elseif canImport(Musl)
      _ = Musl.unlink(path)
    #else
      _ = Darwin.unlink(path)
    #endif
  }

  /// Removes what a crash left behind: unfinished files, and finished ones that no object came to refer to.
  ///
  /// Must not run while anything is written.
  /// - Returns: how many files were removed.
  func collectOrphans(isReferenced: (_ name: String) -> Bool) throws(StorageError) -> Int {
    var count = 0
    for name in try Self.entries(of: "\(root)/incoming") {
      unlink("\(root)/incoming/\(name)")
      count += 1
    }
    for folder in try Self.entries(of: "\(root)/objects").map({ "\(root)/objects/\($0)" }) {
      for name in try Self.entries(of: folder) where !isReferenced(name) {
        unlink("\(folder)/\(name)")
        count += 1
      }
    }
    return count
  }

  // MARK: Folders

  private static func makeFolder(_ path: String) throws(StorageError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw StorageError(errno, "mkdir", path) }
  }

  private static func entries(of folder: String) throws(StorageError) -> [String] {
    guard let stream = opendir(folder) else { throw StorageError(errno, "opendir", folder) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
