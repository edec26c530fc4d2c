import CArchive
import Core
import Glibc

/// The entries of a ZIP file one after the other, by libarchive. One owner; not `Sendable`. Blocks.
///
/// Whatever libarchive only warns of is an error here: a whole archive gives no cause for it.
final class ZipReader {
  struct Entry {
    let components: [String]
    let isFolder: Bool
    let isExecutable: Bool
    /// Bytes of its content, as the directory says.
    let size: Int

    var name: String { components.joined(separator: "/") }
  }

  private static let bufferBytes = 128 << 10

  private let archive: OpaquePointer
  private let source: FileByteSource
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferBytes, alignment: 16)
  private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferBytes, alignment: 16)
  private var position: Int64 = 0

  /// - Throws: `CodeArchiveError`.
  init(_ source: FileByteSource) throws(CodeArchiveError) {
    guard let archive = archive_read_new() else {
      throw CodeArchiveError("CannotUnpack", "there is no memory for reading an archive")
    }
    self.archive = archive
    self.source = source
    archive_read_support_filter_none(archive)
    archive_read_support_format_zip_seekable(archive)
    archive_read_set_read_callback(archive) { _, opaque, block in zipReader(opaque).fill(block) }
    archive_read_set_seek_callback(archive) { _, opaque, offset, whence in zipReader(opaque).seek(offset, whence) }
    archive_read_set_callback_data(archive, Unmanaged.passUnretained(self).toOpaque())
    guard archive_read_open1(archive) == ARCHIVE_OK else { throw damaged() }
  }

  deinit {
    archive_read_free(archive)
    input.deallocate()
    output.deallocate()
  }

  /// The next entry; its content has to be read before the one after it.
  ///
  /// - Returns: nil at the end.
  /// - Throws: `CodeArchiveError` if the entry is damaged, or one that may not be unpacked.
  func next() throws(CodeArchiveError) -> Entry? {
    var found: OpaquePointer?
    let status = archive_read_next_header(archive, &found)
    if status == ARCHIVE_EOF { return nil }
    guard let found, status == ARCHIVE_OK else { throw damaged() }
    guard let bytes = archive_entry_pathname(found), let name = String(validatingCString: bytes) else {
      throw .unsafe("", "must have a name in UTF-8")
    }
    let components = try EntryName.components(of: name)
    guard archive_entry_is_encrypted(found) == 0 else { throw .unsafe(name, "is encrypted") }
    // No links, devices, pipes and sockets.
    let kind = archive_entry_filetype(found)
    guard [zt_regular_file, zt_folder].contains(kind), archive_entry_symlink(found) == nil,
      archive_entry_hardlink(found) == nil
    else { throw .unsafe(name, "is a link or a device, not a file or a folder") }
    // "ZIP 2.0 (deflation)"
    let format = archive_format_name(archive).map { String(cString: $0) } ?? ""
    guard format.hasSuffix("(deflation)") || format.hasSuffix("(uncompressed)") else {
      throw .damaged("its entry '\(name.prefix(200))' is not stored or compressed by deflate: \(format)")
    }
    return Entry(
      components: components, isFolder: kind == zt_folder, isExecutable: archive_entry_perm(found) & 0o111 != 0,
      size: archive_entry_size_is_set(found) != 0 ? Int(clamping: archive_entry_size(found)) : 0)
  }

  /// Reads the content of the entry that `next` returned last; libarchive compares its checksum.
  ///
  /// - Throws: `CodeArchiveError`, and what `take` throws.
  func read(
    _ entry: Entry, take: (UnsafeRawBufferPointer) throws(CodeArchiveError) -> Void
  ) throws(CodeArchiveError) {
    var size = 0
    while true {
      let count = archive_read_data(archive, output.baseAddress, output.count)
      guard count >= 0 else { throw damaged(" in its entry '\(entry.name)'") }
      if count == 0 { break }
      size += count
      // The sum of the sizes was within the limit.
      guard size <= entry.size else { throw .damaged("its entry '\(entry.name)' is larger than its directory says") }
      try take(UnsafeRawBufferPointer(rebasing: output[..<count]))
    }
    guard size == entry.size else { throw .damaged("its entry '\(entry.name)' is smaller than its directory says") }
  }

  private func damaged(_ place: String = "") -> CodeArchiveError {
    let reason = archive_error_string(archive).map { String(cString: $0) } ?? "it cannot be read"
    return .damaged("\(reason)\(place)")
  }

  // MARK: libarchive's input

  fileprivate func fill(_ block: UnsafeMutablePointer<UnsafeRawPointer?>?) -> la_ssize_t {
    do {
      let count = try source.read(at: position, into: input)
      position += Int64(count)
      block?.pointee = UnsafeRawPointer(input.baseAddress)
      return count
    } catch {
      return la_ssize_t(ARCHIVE_FATAL)
    }
  }

  fileprivate func seek(_ offset: la_int64_t, _ whence: Int32) -> la_int64_t {
    let base: Int64 =
      switch whence {
      case SEEK_SET: 0
      case SEEK_CUR: position
      default: source.size
      }
    let (target, overflow) = base.addingReportingOverflow(offset)
    guard !overflow, (0...source.size).contains(target) else { return la_int64_t(ARCHIVE_FATAL) }
    position = target
    return target
  }
}

private func zipReader(_ opaque: UnsafeMutableRawPointer?) -> ZipReader {
  Unmanaged<ZipReader>.fromOpaque(opaque!).takeUnretainedValue()
}
