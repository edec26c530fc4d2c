import Core
import Glibc

/// The directory at the end of a ZIP file, checked before libarchive reads it: that its memory is bounded, and what
/// libarchive mends by itself instead of telling of it (flags, kinds of file, bytes of names).
///
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12 and 4.3.16
enum ZipDirectory {
  private static let endSignature = Array("PK\u{5}\u{6}".utf8)
  private static let entrySignature = Array("PK\u{1}\u{2}".utf8)
  private static let zip64Signature = Array("PK\u{6}\u{7}".utf8)
  private static let length = 22
  /// libarchive looks no further from the end.
  private static let searched = 16 << 10
  /// Bytes of the directory for each entry that an archive may have: names of sensible length.
  private static let directoryBytesPerEntry = 512

  /// - Returns: how many entries the directory is to have.
  /// - Throws: `CodeArchiveError` naming what is damaged, not allowed, or more than `limits`.
  static func check(_ source: FileByteSource, limits: CodeArchive.Limits) throws(CodeArchiveError) -> Int {
    guard source.size <= limits.archiveBytes else {
      throw .tooLarge("must have at most \(limits.archiveBytes) bytes, found \(source.size)")
    }
    let start = max(0, Int(source.size) - searched)
    let tail = try source.bytes(at: start, count: Int(source.size) - start)
    let places = stride(from: 0, through: tail.count - length, by: 1).filter { tail[$0...].starts(with: endSignature) }
    // With two of them programs disagree on what the archive holds.
    guard let place = places.first else { throw .damaged("it has no directory") }
    guard places.count == 1 else { throw .damaged("it has more than one directory") }
    func number(_ offset: Int, _ bytes: Int) -> Int {
      (0..<bytes).reduce(0) { $0 | Int(tail[place + offset + $1]) << (8 * $1) }
    }
    let (count, size, offset) = (number(10, 2), number(12, 4), number(16, 4))
    let hasZIP64 = place >= 20 && tail[(place - 20)...].starts(with: zip64Signature)
    guard !hasZIP64, count != 0xFFFF, size != 0xFFFF_FFFF, offset != 0xFFFF_FFFF else {
      throw .damaged("ZIP64 archives are not taken")
    }
    guard number(4, 2) == 0, number(8, 2) == count else { throw .damaged("it is one of several parts") }
    guard count <= limits.entries else {
      throw .tooLarge("must have at most \(limits.entries) entries, found \(count)")
    }
    guard size <= limits.entries * directoryBytesPerEntry else {
      throw .tooLarge(
        "must have a directory of at most \(limits.entries * directoryBytesPerEntry) bytes, found \(size)")
    }
    guard offset + size == start + place else { throw .damaged("its directory does not lie before its end") }
    try checkEntries(try source.bytes(at: offset, count: size), count: count)
    return count
  }

  private static func checkEntries(_ directory: [UInt8], count: Int) throws(CodeArchiveError) {
    var position = 0
    func number(_ offset: Int, _ bytes: Int) -> Int {
      (0..<bytes).reduce(0) { $0 | Int(directory[position + offset + $1]) << (8 * $1) }
    }
    for _ in 0..<count {
      guard directory.count - position >= 46, directory[position...].starts(with: entrySignature),
        case let length = 46 + number(28, 2) + number(30, 2) + number(32, 2), directory.count - position >= length
      else { throw .damaged("its directory ends early") }
      let bytes = directory[(position + 46)..<(position + 46 + number(28, 2))]
      guard let name = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
        throw .unsafe(String(decoding: bytes, as: UTF8.self), "must have a name in UTF-8 without zero bytes")
      }
      // Bit 0: encrypted.
      guard number(8, 2) & 1 == 0 else { throw .unsafe(name, "is encrypted") }
      // Made on Unix (3) or macOS (19): the upper half of the attributes is the file's mode.
      let kind = [3, 19].contains(number(5, 1)) ? UInt32(number(40, 2)) & UInt32(S_IFMT) : 0
      guard [0, UInt32(S_IFREG), UInt32(S_IFDIR)].contains(kind) else {
        throw .unsafe(name, "is a link or a device, not a file or a folder")
      }
      position += length
    }
    guard position == directory.count else { throw .damaged("its directory has more entries than it says") }
  }
}

extension FileByteSource {
  /// Exactly that many bytes.
  func bytes(at offset: Int, count: Int) throws(CodeArchiveError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var have = 0
    while have < count {
      let read: Int
      do {
        read = try bytes.withUnsafeMutableBytes { buffer in
          try self.read(at: Int64(offset + have), into: .init(rebasing: buffer[have...]))
        }
      } catch {
        throw CodeArchiveError("UnreadableZipFile", "\(error)")
      }
      guard read > 0 else { throw .damaged("it ends early") }
      have += read
    }
    return bytes
  }
}
