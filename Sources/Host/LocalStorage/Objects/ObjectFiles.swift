import Checksums
import Core
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
/// `objects/<first two digits>/<32 hexadecimal digits>`; what makes a file part of an object is a row of the database, so
/// one that is being written needs no place of its own. All methods block.
final class ObjectFiles: Sendable {
  typealias Fresh = (name: String, file: OpenFile)

  private let root: String
  private let leases = FileLeases()
  /// Whether commits wait for the disk.
  private let isDurable: Bool
  /// Empty files whose names are on the disk already: a folder is synchronised once for all of them, not for each.
  private let reserve = Mutex<[Fresh]>([])
  private static let reserveSize = 16
  /// Held by a backup while it copies files, which are not removed meanwhile.
  private let removalLock: RemovalLock
  /// What is to be done when a file goes, by its name.
  private let farewells = Mutex<[String: @Sendable () -> Void]>([:])
  /// Where the next batches of files are made.
  private let place = Mutex((prefix: "", batches: 0))

  /// - Parameter root: is created where it is not there.
  init(root: String, isDurable: Bool) throws(StorageError) {
    self.root = root
    self.isDurable = isDurable
    for folder in [root, "\(root)/objects"] { try Self.makeFolder(folder) }
    removalLock = try RemovalLock(folder: root)
  }

  deinit {
    for (name, _) in reserve.withLock({ $0 }) { discard(name) }
  }

  private func folder(of name: String) -> String { "\(root)/objects/\(name.prefix(2))" }
  func path(of name: String) -> String { "\(folder(of: name))/\(name)" }

  // MARK: Writing

  /// An empty file that nothing refers to; it stays only if an object comes to refer to it.
  func create() throws(StorageError) -> Fresh {
    if let fresh = reserve.withLock({ $0.popLast() }) { return fresh }
    var made = try makeFiles(isDurable ? Self.reserveSize : 1)
    let fresh = made.removeLast()
    reserve.withLock { $0 += made }
    return fresh
  }

  /// Makes what was written durable; to be followed by the transaction that refers to it.
  func publish(_ file: OpenFile) throws(StorageError) {
    if isDurable { try file.synchronize() }
  }

  /// Removes a file that no object refers to.
  func discard(_ name: String) { unlink(path(of: name)) }

  /// One folder for several batches, then another: to find a folder, or to make one, costs as much as a file.
  private func nextPrefix() -> String {
    place.withLock { place in
      if place.batches == 0 { place = (String(RandomDigits.make().prefix(2)), 16) }
      place.batches -= 1
      return place.prefix
    }
  }

  /// A folder for new files, with a durable name.
  private func nextFolder() throws(StorageError) -> (prefix: String, path: String) {
    let prefix = nextPrefix()
    let folder = folder(of: prefix)
    if mkdir(folder, 0o700) == 0 {
      if isDurable { try OpenFile("\(root)/objects", O_RDONLY | O_DIRECTORY).synchronize() }
    } else if errno != EEXIST {
      throw StorageError(errno, "mkdir", folder)
    }
    return (prefix, folder)
  }

  /// Gives a complete file of this file system a second name, durable with all of its bytes. To be followed by the transaction
  /// that refers to it.
  ///
  /// - Parameter farewell: called once, if this fails or when the file is removed.
  func nameAgain(_ path: String, farewell: (@Sendable () -> Void)? = nil) throws(StorageError) -> String {
    var made: String?
    do throws(StorageError) {
      let (prefix, folder) = try nextFolder()
      let name = prefix + String(RandomDigits.make().dropFirst(2))
      guard link(path, "\(folder)/\(name)") == 0 else { throw StorageError(errno, "link", path) }
      made = name
      if isDurable {
        try open(name).synchronize()
        try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchronize()
      }
      if let farewell { farewells.withLock { $0[name] = farewell } }
      return name
    } catch {
      if let made { discard(made) }
      farewell?()
      throw error
    }
  }

  /// New files with durable names, all in one folder.
  private func makeFiles(_ count: Int) throws(StorageError) -> [Fresh] {
    let (prefix, folder) = try nextFolder()
    var made: [Fresh] = []
    do throws(StorageError) {
      for _ in 0..<count {
        let name = prefix + String(RandomDigits.make().dropFirst(2))
        made.append((name, try OpenFile("\(folder)/\(name)", O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)))
      }
      if isDurable { try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchronize() }
    } catch {
      for (name, _) in made { discard(name) }
      throw error
    }
    return made
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
    return { @Sendable [self] in erase(free) }
  }

  func open(_ name: String) throws(StorageError) -> OpenFile {
    try OpenFile(path(of: name), O_RDONLY)
  }

  // MARK: Removing

  /// Removes files that no object refers to any more, now or when their last reader is done.
  func remove(_ names: [String]) { erase(leases.markForDeletion(names)) }

  private func erase(_ names: [String]) {
    // One that cannot be removed now is an orphan, and those are collected when the store is opened.
    for name in removalLock.removable(names) { unlink(path(of: name)) }
    leases.forget(names)
    let farewells = farewells.withLock { all in names.compactMap { all.removeValue(forKey: $0) } }
    for farewell in farewells { farewell() }
  }

  // MARK: What a crash left behind

  /// A file that is there.
  struct Entry {
    let name: String
    /// In bytes.
    let size: Int64

    package init(name: String, size: Int64) {
      self.name = name
      self.size = size
    }
  }

  /// Every file, in no order. Must not run while anything is written.
  func entries() throws(StorageError) -> [Entry] {
    var found: [Entry] = []
    for folder in try Self.entries(of: "\(root)/objects").map({ "\(root)/objects/\($0)" }) {
      for name in try Self.entries(of: folder) {
        found.append(Entry(name: name, size: try Self.size(of: "\(folder)/\(name)")))
      }
    }
    return found
  }

  /// Removes files that no object refers to.
  func remove(orphans: [Entry]) {
    for orphan in orphans { unlink(path(of: orphan.name)) }
  }

  /// Moves files that no object refers to out of the store.
  ///
  /// - Returns: the folder that they are in now.
  func setAside(_ entries: [Entry]) throws(StorageError) -> String {
    let folder = "\(root)/set-aside-\(RandomDigits.make().prefix(8))"
    try Self.makeFolder(folder)
    for entry in entries {
      guard rename(path(of: entry.name), "\(folder)/\(entry.name)") == 0 else {
        throw StorageError(errno, "rename", path(of: entry.name))
      }
    }
    return folder
  }

  // MARK: Copies

  /// In bytes; nil if the file is absent.
  func size(of name: String) -> Int64? { try? Self.size(of: path(of: name)) }

  /// Copies a file of another store, under its name.
  func copy(_ name: String, from other: ObjectFiles) throws(StorageError) {
    try Self.makeFolder(folder(of: name))
    let source = try OpenFile(other.path(of: name), O_RDONLY)
    let target = try OpenFile(path(of: name), O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try Self.read(source) { bytes throws(StorageError) in try target.write(bytes) }
    try target.synchronize()
  }

  /// The digest of files one after another.
  func digest(_ algorithm: ChecksumAlgorithm, of names: [String]) throws(StorageError) -> [UInt8] {
    let digest = ChecksumStream(algorithm)
    for name in names { try Self.read(try open(name)) { digest.update($0) } }
    return digest.finalize()
  }

  private static func read(
    _ file: OpenFile, _ body: (UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(StorageError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var offset: Int64 = 0
    while true {
      let count = try file.read(at: offset, into: buffer)
      if count > 0 { try body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
      if count < buffer.count { return }
      offset += Int64(count)
    }
  }

  /// Makes the names of copied files durable.
  func synchronizeFolders() throws(StorageError) {
    for name in try Self.entries(of: "\(root)/objects") {
      try OpenFile("\(root)/objects/\(name)", O_RDONLY | O_DIRECTORY).synchronize()
    }
    try OpenFile("\(root)/objects", O_RDONLY | O_DIRECTORY).synchronize()
  }

  // MARK: Folders

  private static func makeFolder(_ path: String) throws(StorageError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw StorageError(errno, "mkdir", path) }
  }

  private static func size(of path: String) throws(StorageError) -> Int64 {
    var status = stat()
    guard stat(path, &status) == 0 else { throw StorageError(errno, "stat", path) }
    return Int64(status.st_size)
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
