import Glibc

/// One entry of an archive's directory, whose name is known to be harmless.
struct ZipEntry {
  enum Method: UInt16 {
    case stored = 0
    case deflated = 8
  }

  /// Of the file within the folder: no empty ones, no `.`, no `..`.
  var components: [String]
  var isFolder: Bool
  var isExecutable: Bool
  var method: Method
  var crc: UInt32
  var compressedSize: Int
  var size: Int
  /// Where its local header begins.
  var offset: Int

  var name: String { components.joined(separator: "/") }

  /// The parts of an entry's name.
  ///
  /// - Throws: `CodeArchiveError` where the name could lead out of the folder, or is none that a file may have.
  static func components(of name: String) throws(CodeArchiveError) -> [String] {
    guard !name.isEmpty, name.utf8.count <= 1024 else {
      throw .unsafe(name, "must have a name of 1 to 1,024 bytes")
    }
    guard !name.hasPrefix("/"), !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "\\")) else {
      throw .unsafe(name, "must have a relative name with slashes only")
    }
    var parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String($0) ?? "" }
    if parts.last == "" { parts.removeLast() }
    for part in parts where part.isEmpty || part == "." || part == ".." || part.utf8.count > 255 {
      throw .unsafe(name, "must not have empty, '.', '..' or overlong parts in its name")
    }
    guard parts.count <= 64 else { throw .unsafe(name, "lies in more than 64 folders") }
    return parts
  }

  /// Whether the mode that a Unix archiver noted is that of a file or a folder, or of nothing in particular.
  static func isPlain(mode: UInt16) -> Bool {
    [0, UInt32(S_IFREG), UInt32(S_IFDIR)].contains(UInt32(mode) & UInt32(S_IFMT))
  }
}
