import Audio
import CArchive
import Core

/// A ZIP file that is written front to back, its entries as they are: encoded audio does not compress.
final class ZIPStream {
  private let archive: OpaquePointer
  private let sink: any AudioSink
  /// An error of the sink, while libarchive unwinds with its own code.
  private var failure: (any Error)?

  struct Failure: ClassifiedError {
    let message: String
    var code: String { "ArchiveFailed" }
    var isRetryable: Bool { false }
  }

  init(_ sink: any AudioSink) throws {
    self.sink = sink
    guard let archive = archive_write_new() else { throw Failure(message: "no memory for a ZIP file") }
    self.archive = archive
    archive_write_set_format_zip(archive)
    archive_write_zip_set_compression_store(archive)
    archive_write_set_bytes_per_block(archive, 0)
    let status = archive_write_open(
      archive, Unmanaged.passUnretained(self).toOpaque(), nil,
      { _, opaque, bytes, count in
        Unmanaged<ZIPStream>.fromOpaque(opaque!).takeUnretainedValue().write(bytes!, count)
      }, nil)
    try check(status)
  }

  deinit { archive_write_free(archive) }

  /// Adds a file.
  ///
  /// - Parameters:
  ///   - name: unique in the ZIP file.
  ///   - size: bytes that `write` is called for.
  ///   - content: given a sink for them.
  func add(_ name: String, size: Int64, _ content: (any AudioSink) throws -> Void) throws {
    let entry = archive_entry_new()
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname_utf8(entry, name)
    archive_entry_set_filetype(entry, zt_regular_file)
    archive_entry_set_perm(entry, 0o644)
    archive_entry_set_size(entry, size)
    try check(archive_write_header(archive, entry))
    try content(Entry(self))
    try check(archive_write_finish_entry(archive))
  }

  func finish() throws { try check(archive_write_close(archive)) }

  private final class Entry: AudioSink {
    private let zip: ZIPStream
    init(_ zip: ZIPStream) { self.zip = zip }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
      guard !bytes.isEmpty else { return }
      let written = archive_write_data(zip.archive, bytes.baseAddress, bytes.count)
      if written < bytes.count { try zip.check(ARCHIVE_FATAL) }
    }
  }

  private func write(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    do {
      try sink.write(UnsafeRawBufferPointer(start: bytes, count: count))
      return count
    } catch {
      failure = error
      return -1
    }
  }

  private func check(_ status: Int32) throws {
    if let failure { throw failure }
    guard status >= ARCHIVE_WARN else {
      let text = archive_error_string(archive).map { String(cString: $0) } ?? "status \(status)"
      throw Failure(message: "the ZIP file cannot be written: \(text)")
    }
  }
}
