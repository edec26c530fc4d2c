/// Cuts a byte stream into lines, none longer than a limit: pure.
package struct LogSplitter {
  let limit: Int
  private var partial: [UInt8] = []

  package init(limit: Int) {
    self.limit = max(1, limit)
  }

  /// Takes the next bytes and returns every line that is complete, or full, without its line end.
  package mutating func take(_ bytes: UnsafeRawBufferPointer) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      var piece = rest[..<(end ?? rest.endIndex)]
      rest = rest[(end.map { $0 + 1 } ?? rest.endIndex)...]
      while partial.count + piece.count > limit {
        let fits = limit - partial.count
        partial.append(contentsOf: piece.prefix(fits))
        piece = piece.dropFirst(fits)
        lines.append(partial)
        partial.removeAll(keepingCapacity: true)
      }
      partial.append(contentsOf: piece)
      if end != nil {
        if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
        lines.append(partial)
        partial.removeAll(keepingCapacity: true)
      }
    }
    return lines
  }

  /// What is left without a line end.
  package mutating func finish() -> [UInt8]? {
    defer { partial = [] }
    return partial.isEmpty ? nil : partial
  }
}
