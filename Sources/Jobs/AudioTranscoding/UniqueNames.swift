/// Gives every file of a batch a name of its own. Pure.
struct UniqueNames {
  private var taken: Set<String> = []

  init(reserved: Set<String> = []) { taken = reserved }

  /// - Returns: `name`, or with ` (2)`, ` (3)` … before its extension. Case does not tell names apart: some systems ignore it.
  mutating func unique(_ name: String) -> String {
    let dot = name.lastIndex(of: ".") ?? name.endIndex
    var candidate = name
    var number = 2
    while !taken.insert(candidate.lowercased()).inserted {
      candidate = "\(name[..<dot]) (\(number))\(name[dot...])"
      number += 1
    }
    return candidate
  }
}
