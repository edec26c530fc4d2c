/// Maps keys to paths below a folder and back, one to one, so that no key leaves the folder and ordinary ones stay
/// readable: `talks/keynote.mp4` is just that.
///
/// What a path cannot hold is percent-encoded: `.`, `..` and empty components, control characters, and `%` itself. A
/// component too long for a file system continues in a folder of its own, marked by `%+`.
enum KeyPath {
  /// What the store keeps beside the objects. No key maps to it, as `%z` is no encoding.
  static let reserved = ".%zoetrope"

  /// Bytes of a file's name on every file system in use.
  private static let longest = 255
  private static let continued: [UInt8] = Array("%+".utf8)
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// Relative, without `/` at either end.
  static func path(of key: String) -> String {
    key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .flatMap { names(of: Array($0)) }
      .map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: "/")
  }

  /// The key whose path this is; `nil` if no key has it, as for a file that another program put there.
  static func key(of path: String) -> String? {
    var components: [[UInt8]] = []
    var isContinued = false
    for name in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      var name = Array(name)
      let continues = name.count > continued.count && name.suffix(continued.count).elementsEqual(continued)
      if continues { name.removeLast(continued.count) }
      if isContinued { components[components.count - 1] += name } else { components.append(name) }
      isContinued = continues
    }
    guard !isContinued else { return nil }
    var decoded: [[UInt8]] = []
    for component in components {
      guard let bytes = decode(component) else { return nil }
      decoded.append(bytes)
    }
    guard let key = String(validating: decoded.joined(separator: [UInt8(ascii: "/")]), as: UTF8.self) else {
      return nil
    }
    // Only one spelling is ours; another one would be a second file for the same key.
    return self.path(of: key).utf8.elementsEqual(path.utf8) ? key : nil
  }

  /// The file names that one component of a key becomes: one, or several where it is too long.
  private static func names(of component: [UInt8]) -> [[UInt8]] {
    let units = encode(component)
    var names: [[UInt8]] = [[]]
    let total = units.reduce(0) { $0 + $1.count }
    for unit in units {
      if total > longest, names[names.count - 1].count + unit.count > longest - continued.count {
        names[names.count - 1] += continued
        names.append([])
      }
      names[names.count - 1] += unit
    }
    return names
  }

  /// The encoded component in pieces that must not be torn: escapes and UTF-8 sequences.
  private static func encode(_ component: [UInt8]) -> [[UInt8]] {
    // A lone `%` is no escape, and so cannot be anything else.
    if component.isEmpty { return [[UInt8(ascii: "%")]] }
    let isDots = component == Array(".".utf8) || component == Array("..".utf8)
    var units: [[UInt8]] = []
    for byte in component {
      if isDots || byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") {
        units.append([UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      } else if byte & 0xC0 == 0x80, !units.isEmpty {
        units[units.count - 1].append(byte)
      } else {
        units.append([byte])
      }
    }
    return units
  }

  private static func decode(_ name: [UInt8]) -> [UInt8]? {
    if name == [UInt8(ascii: "%")] { return [] }
    var decoded: [UInt8] = []
    var rest = name[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        decoded.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digits.firstIndex), let low = rest.popFirst().flatMap(digits.firstIndex)
      else { return nil }
      decoded.append(UInt8(high << 4 | low))
    }
    return decoded
  }
}
