/// What a file's name says about it.
enum FileName {
  /// The extension in lower case, without its dot; empty if there is none.
  static func `extension`(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}
