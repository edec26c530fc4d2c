/// Which file of which library.
package struct FileIdentity: Sendable, Hashable {
  /// UUIDs in lower case.
  package let libraryID: String
  package let fileID: String

  package init(libraryID: String, fileID: String) {
    self.libraryID = libraryID
    self.fileID = fileID
  }

  /// An identifier as it is kept: a UUID in lower case; nil for any other text.
  package static func identifier(_ text: some StringProtocol) -> String? {
    let lower = text.lowercased()
    guard lower.utf8.count == 36 else { return nil }
    for (index, character) in lower.utf8.enumerated() {
      let isDigit = (0x30...0x39).contains(character) || (0x61...0x66).contains(character)
      guard [8, 13, 18, 23].contains(index) ? character == 0x2D : isDigit else { return nil }
    }
    return lower
  }
}
