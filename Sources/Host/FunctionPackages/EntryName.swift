/// The name of an archive's entry.
enum EntryName {
  /// Its parts: no empty ones, no `.`, no `..`.
  ///
  /// - Throws: `CodeArchiveError` if the name could lead out of the folder, or is none that a file may have.
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
}
