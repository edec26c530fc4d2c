/// A sheet's address relative to the documents beside it.
enum SheetName {
  static func of(_ number: Int) -> String { "sheet-\(number).jpg" }
}
