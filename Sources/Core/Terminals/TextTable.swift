/// Columns of text, as wide as their widest cell.
package struct TextTable {
  private var rows: [[String]]

  package init(_ header: [String]) { rows = [header] }

  /// Control characters are not taken over.
  package mutating func add(_ row: [String]) { rows.append(row.map(PlainText.line)) }

  package var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}
