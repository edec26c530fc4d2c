import Core

/// The directory at the end of a ZIP file.
///
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12 and 4.3.16
enum ZipDirectory {
  private static let endSignature: UInt32 = 0x0605_4b50
  private static let entrySignature: UInt32 = 0x0201_4b50

  /// - Throws: `CodeArchiveError` naming what is damaged, not allowed, or more than `limits`.
  static func read(_ source: FileByteSource, limits: CodeArchive.Limits) throws(CodeArchiveError) -> [ZipEntry] {
    guard source.size <= limits.archiveBytes else {
      throw .tooLarge("must have at most \(limits.archiveBytes) bytes, found \(source.size)")
    }
    // The end record has 22 bytes and a comment of at most 65,535.
    let tailStart = max(0, Int(source.size) - 22 - 65_535)
    let tail = try source.bytes(at: tailStart, count: Int(source.size) - tailStart)
    guard tail.count >= 22,
      let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: {
        LittleEndian(tail[$0...]).uint32(0) == endSignature
      })
    else { throw .damaged("it has no directory") }
    let record = LittleEndian(tail[end...])
    let (count, size, offset) = (Int(record.uint16(10)), Int(record.uint32(12)), Int(record.uint32(16)))
    guard count != 0xFFFF, size != 0xFFFF_FFFF, offset != 0xFFFF_FFFF else {
      throw .damaged("ZIP64 archives are not taken")
    }
    guard record.uint16(4) == 0, record.uint16(8) == record.uint16(10) else {
      throw .damaged("it is one of several parts")
    }
    guard count <= limits.entries else {
      throw .tooLarge("must have at most \(limits.entries) entries, found \(count)")
    }
    guard offset + size <= tailStart + end else { throw .damaged("its directory lies outside it") }
    return try entries(try source.bytes(at: offset, count: size), count: count, limits: limits)
  }

  private static func entries(
    _ bytes: [UInt8], count: Int, limits: CodeArchive.Limits
  ) throws(CodeArchiveError) -> [ZipEntry] {
    var entries: [ZipEntry] = []
    var position = 0
    var total = 0
    for _ in 0..<count {
      guard bytes.count - position >= 46, LittleEndian(bytes[position...]).uint32(0) == entrySignature else {
        throw .damaged("its directory ends early")
      }
      let record = LittleEndian(bytes[position...])
      let nameLength = Int(record.uint16(28))
      let length = 46 + nameLength + Int(record.uint16(30)) + Int(record.uint16(32))
      guard bytes.count - position >= length else { throw .damaged("its directory ends early") }
      let entry = try entry(record, name: bytes[(position + 46)..<(position + 46 + nameLength)])
      total += entry.size
      guard total <= limits.unpackedBytes else {
        throw .tooLarge("must unpack to at most \(limits.unpackedBytes) bytes")
      }
      entries.append(entry)
      position += length
    }
    return entries
  }

  private static func entry(
    _ record: LittleEndian, name bytes: ArraySlice<UInt8>
  ) throws(CodeArchiveError) -> ZipEntry {
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw .unsafe(String(decoding: bytes, as: UTF8.self), "must have a name in UTF-8")
    }
    let components = try ZipEntry.components(of: name)
    // Bit 0: encrypted.
    guard record.uint16(8) & 1 == 0 else { throw .unsafe(name, "is encrypted") }
    guard let method = ZipEntry.Method(rawValue: record.uint16(10)) else {
      throw .damaged("its entry '\(name.prefix(200))' is compressed by method \(record.uint16(10)), not by deflate")
    }
    // Made on Unix (3) or macOS (19): the upper half of the attributes is the file's mode.
    let mode = [3, 19].contains(record.uint16(4) >> 8) ? UInt16(record.uint32(38) >> 16) : 0
    guard ZipEntry.isPlain(mode: mode) else { throw .unsafe(name, "is a link or a device, not a file or a folder") }
    return ZipEntry(
      components: components, isFolder: name.hasSuffix("/"), isExecutable: mode & 0o111 != 0, method: method,
      crc: record.uint32(16), compressedSize: Int(record.uint32(20)), size: Int(record.uint32(24)),
      offset: Int(record.uint32(42)))
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
