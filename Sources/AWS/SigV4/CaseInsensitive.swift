extension String {
  /// The same header name (RFC 9110 §5.1), compared by bytes.
  ///
  /// - Parameter lowercase: in lower case.
  func isHeader(_ lowercase: String) -> Bool {
    utf8.count == lowercase.utf8.count && zip(utf8, lowercase.utf8).allSatisfy { Self.lowercase($0) == $1 }
  }

  /// Whether the header name begins so, in whatever case it is written.
  func isHeader(beginningWith lowercase: String) -> Bool {
    utf8.count >= lowercase.utf8.count && zip(utf8, lowercase.utf8).allSatisfy { Self.lowercase($0) == $1 }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}

extension Substring.UTF8View {
  /// The bytes as text.
  var text: String { String(Substring(self)) }
}
