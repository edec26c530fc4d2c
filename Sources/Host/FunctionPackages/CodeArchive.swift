import Glibc
package import Core

/// A function's code as a ZIP file, as Lambda takes it.
///
/// The archive's maker is not trusted: nothing is written outside the folder, links and devices are refused, and
/// what is unpacked is bounded before and while it is.
package enum CodeArchive {
  /// Lambda's own, but for the archive's size, which may be that of a package in S3 too.
  package struct Limits: Sendable {
    package var archiveBytes: Int64
    /// All files together.
    package var unpackedBytes: Int
    package var entries: Int

    package init(archiveBytes: Int64 = 250 << 20, unpackedBytes: Int = 250 << 20, entries: Int = 20_000) {
      self.archiveBytes = archiveBytes
      self.unpackedBytes = unpackedBytes
      self.entries = entries
    }
  }

  /// Unpacks into a folder that must be new and this process's own. Blocks.
  ///
  /// - Throws: `CodeArchiveError`; what was unpacked by then stays.
  package static func unpack(
    _ source: FileByteSource, into folder: String, limits: Limits = Limits()
  ) throws(CodeArchiveError) {
    let count = try ZipDirectory.check(source, limits: limits)
    try UTF8Locale.within { () throws(CodeArchiveError) in
      let reader = try ZipReader(source)
      var made: Set<String> = []
      var (entries, bytes) = (0, 0)
      while let entry = try reader.next() {
        entries += 1
        // Compared without adding: the directory may claim any size.
        guard entry.size <= limits.unpackedBytes - bytes else {
          throw .tooLarge("must unpack to at most \(limits.unpackedBytes) bytes")
        }
        bytes += entry.size
        guard entries <= count else { throw .damaged("its directory has more entries than it says") }
        let parents = entry.isFolder ? entry.components : entry.components.dropLast()
        try makeFolders(parents, in: folder, made: &made)
        if !entry.isFolder { try write(entry, by: reader, to: "\(folder)/\(entry.name)") }
      }
      guard entries == count else {
        throw .damaged("its directory has \(count) entries, but only \(entries) are there")
      }
    }
  }

  private static func makeFolders(
    _ components: [String], in folder: String, made: inout Set<String>
  ) throws(CodeArchiveError) {
    var path = folder
    for component in components {
      path += "/\(component)"
      if made.contains(path) { continue }
      // What is there already and not made here is a file of the archive.
      guard mkdir(path, 0o755) == 0 else { throw cannot("make the folder", path) }
      made.insert(path)
    }
  }

  private static func write(
    _ entry: ZipReader.Entry, by reader: ZipReader, to path: String
  ) throws(CodeArchiveError) {
    let descriptor = open(
      path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.isExecutable ? 0o755 : 0o644)
    guard descriptor >= 0 else { throw cannot("make the file", path) }
    defer { close(descriptor) }
    try reader.read(entry) { (bytes) throws(CodeArchiveError) in try write(bytes, to: descriptor, path) }
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
  ) throws(CodeArchiveError) {
    var written = 0
    while written < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw cannot("write the file", path) }
      written += count
    }
  }

  private static func cannot(_ what: String, _ path: String) -> CodeArchiveError {
    let reason = String(cString: strerror(errno))
    return errno == EEXIST
      ? .damaged("it has '\(path)' twice, or as a file and as a folder")
      : CodeArchiveError("CannotUnpack", "cannot \(what) '\(path)': \(reason)")
  }
}
