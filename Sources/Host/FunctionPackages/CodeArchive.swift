import Checksums
import Glibc
package import Core

/// A function's code as a ZIP file, as Lambda takes it.
///
/// Whoever made the archive is not trusted: nothing is written outside the folder, links and devices are refused, and
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
    var made: Set<String> = []
    for entry in try ZipDirectory.read(source, limits: limits) {
      let parents = entry.isFolder ? entry.components : entry.components.dropLast()
      try makeFolders(parents, in: folder, made: &made)
      if entry.isFolder { continue }
      try write(entry, from: source, to: "\(folder)/\(entry.name)")
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
    _ entry: ZipEntry, from source: FileByteSource, to path: String
  ) throws(CodeArchiveError) {
    let descriptor = open(
      path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.isExecutable ? 0o755 : 0o644)
    guard descriptor >= 0 else { throw cannot("make the file", path) }
    defer { close(descriptor) }
    let check = ChecksumStream(.crc32)
    var size = 0
    let take = { (bytes: UnsafeRawBufferPointer) throws(CodeArchiveError) in
      size += bytes.count
      // The directory's sum was within the limit.
      guard size <= entry.size else { throw .damaged("its entry '\(entry.name)' is larger than its directory says") }
      check.update(bytes)
      try write(bytes, to: descriptor, path)
    }
    try read(entry, from: source, take: take)
    let crc = check.finalize().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard size == entry.size, crc == entry.crc else {
      throw .damaged("the content of its entry '\(entry.name)' is not what its directory says")
    }
  }

  /// The entry's content, piece by piece.
  private static func read(
    _ entry: ZipEntry, from source: FileByteSource, take: (UnsafeRawBufferPointer) throws(CodeArchiveError) -> Void
  ) throws(CodeArchiveError) {
    let header = LittleEndian(try source.bytes(at: entry.offset, count: 30)[...])
    guard header.uint32(0) == 0x0403_4b50 else { throw .damaged("its entry '\(entry.name)' has no header") }
    var position = entry.offset + 30 + Int(header.uint16(26)) + Int(header.uint16(28))
    let end = position + entry.compressedSize
    let inflater = entry.method == .deflated ? Inflater() : nil
    while position < end {
      let piece = try source.bytes(at: position, count: min(128 << 10, end - position))
      position += piece.count
      if let inflater {
        try inflater.feed(piece, take: take)
      } else {
        let failure: CodeArchiveError? = piece.withUnsafeBytes { bytes in
          do throws(CodeArchiveError) {
            try take(bytes)
            return nil
          } catch {
            return error
          }
        }
        if let failure { throw failure }
      }
    }
    if let inflater, !inflater.isComplete { throw .damaged("its entry '\(entry.name)' ends early") }
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
