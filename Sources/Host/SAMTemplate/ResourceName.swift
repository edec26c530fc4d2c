/// Names as AWS allows them.
enum ResourceName {
  static let functionForm = "1 to 64 letters, digits, dashes and underscores"
  static func isFunction(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && name.utf8.allSatisfy { isWord($0) }
  }

  static let queueForm = "1 to 80 letters, digits, dashes and underscores"
  static func isQueue(_ name: String) -> Bool {
    (1...80).contains(name.utf8.count) && name.utf8.allSatisfy { isWord($0) }
  }

  static let eventResourceForm = "1 to 64 letters, digits, dots, dashes and underscores"
  static func isEventResource(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && name.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") }
  }

  static let bucketForm =
    "3 to 63 lower-case letters, digits, dots and dashes, with a letter or digit at either end"
  static func isBucket(_ name: String) -> Bool {
    guard (3...63).contains(name.utf8.count), let first = name.utf8.first, let last = name.utf8.last else {
      return false
    }
    return isLowercaseOrDigit(first) && isLowercaseOrDigit(last)
      && name.utf8.allSatisfy { isLowercaseOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
  }

  static let logicalIDForm = "letters and digits only"
  static func isLogicalID(_ name: String) -> Bool {
    (1...255).contains(name.utf8.count)
      && name.utf8.allSatisfy { isWord($0) && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
  }

  static let variableForm = "a letter and then letters, digits and underscores"
  static func isVariable(_ name: String) -> Bool {
    guard let first = name.utf8.first, isWord(first), !isDigit(first), first != UInt8(ascii: "-"),
      first != UInt8(ascii: "_")
    else { return false }
    return name.utf8.allSatisfy { isWord($0) && $0 != UInt8(ascii: "-") }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    isLowercaseOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "_")
  }
}
