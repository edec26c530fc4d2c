import Glibc

/// Finds out whether an executable can be started as a fork server of itself: it says so in an ELF note, which `CForkServer`
/// puts there.
enum ForkServerNote {
  /// Which file it is that was looked at, and in which state.
  struct Identity: Equatable {
    var device: UInt64
    var file: UInt64
    var size: Int64
    var modifiedSeconds: Int
    var modifiedNanoseconds: Int

    /// nil if the file is absent.
    init?(path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      device = UInt64(status.st_dev)
      file = UInt64(status.st_ino)
      size = Int64(status.st_size)
      modifiedSeconds = status.st_mtim.tv_sec
      modifiedNanoseconds = status.st_mtim.tv_nsec
    }
  }

  /// Owner's size, content's size, type 1, "Zoetrope", version 1; see `CForkServer.h`.
  private static let note: [UInt8] =
    [9, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0] + Array("Zoetrope".utf8) + [0, 0, 0, 0, 1, 0, 0, 0]

  /// Blocks for a few small reads. False also for what cannot be read and what is no ELF file (64 bits, least significant
  /// byte first): scripts, other people's functions.
  static func isIn(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let head = read(descriptor, at: 0, count: 64)
    guard head.count == 64, head.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return false }
    let (entrySize, entries) = (Int(number(head, 54, bytes: 2)), Int(number(head, 56, bytes: 2)))
    guard entrySize == 56, (1...256).contains(entries) else { return false }
    let segments = read(descriptor, at: number(head, 32, bytes: 8), count: entrySize * entries)
    for start in stride(from: 0, to: segments.count - entrySize + 1, by: entrySize) {
      // PT_NOTE
      guard number(segments, start, bytes: 4) == 4 else { continue }
      let notes = read(
        descriptor, at: number(segments, start + 8, bytes: 8),
        count: Int(min(4096, number(segments, start + 32, bytes: 8))))
      if holdsNote(notes) { return true }
    }
    return false
  }

  private static func holdsNote(_ notes: [UInt8]) -> Bool {
    guard notes.count >= note.count else { return false }
    return stride(from: 0, through: notes.count - note.count, by: 4).contains { notes[$0...].starts(with: note) }
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, bytes count: Int) -> UInt64 {
    bytes[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// What is there of the wanted bytes.
  private static func read(_ descriptor: Int32, at offset: UInt64, count: Int) -> [UInt8] {
    guard let offset = off_t(exactly: offset) else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
      read = max(0, pread(descriptor, buffer.baseAddress, buffer.count, offset))
    }
  }
}
