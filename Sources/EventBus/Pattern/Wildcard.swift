/// `{"wildcard": "dir/*.png"}`: `*` stands for any run of characters, `\*` and `\\` for themselves.
struct Wildcard: Sendable {
  /// What stands between the asterisks; one part without any.
  let parts: [[UInt8]]

  /// Why a text is not a wildcard pattern, as the end of a sentence.
  struct Malformed: Error {
    let reason: String
  }

  init(_ text: String) throws(Malformed) {
    var parts: [[UInt8]] = [[]]
    var previousWasAsterisk = false
    var isEscaped = false
    for byte in text.utf8 {
      if isEscaped {
        guard byte == UInt8(ascii: "*") || byte == UInt8(ascii: "\\") else {
          throw Malformed(reason: "a backslash may only stand before '*' or another backslash")
        }
        parts[parts.count - 1].append(byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "*") {
        guard !previousWasAsterisk else { throw Malformed(reason: "two asterisks may not follow each other") }
        parts.append([])
        previousWasAsterisk = true
        continue
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        parts[parts.count - 1].append(byte)
      }
      previousWasAsterisk = false
    }
    guard !isEscaped else { throw Malformed(reason: "it may not end in a single backslash") }
    self.parts = parts
  }

  /// Leftmost places for the middle parts suffice, so the cost is at most length × pattern, never exponential.
  func matches(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      let first = parts[0], last = parts[parts.count - 1]
      if parts.count == 1 { return bytes.elementsEqual(first) }
      guard bytes.count >= first.count + last.count, bytes.starts(with: first),
        bytes.suffix(last.count).elementsEqual(last)
      else { return false }
      var rest = bytes[first.count..<(bytes.count - last.count)]
      for part in parts.dropFirst().dropLast() {
        guard let end = Self.endOfFirst(part, in: rest) else { return false }
        rest = rest[end...]
      }
      return true
    }
  }

  private static func endOfFirst(_ part: [UInt8], in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    var start = bytes.startIndex
    while start + part.count <= bytes.endIndex {
      if bytes[start...].starts(with: part) { return start + part.count }
      start += 1
    }
    return nil
  }
}
