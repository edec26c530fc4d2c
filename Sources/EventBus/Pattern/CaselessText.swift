/// A text that is compared without regard to case: of each of its characters the lower and the upper case are taken, each
/// by itself. So "ΟΔΟΣ" has the letters σ and Σ at its end, whatever they would be in a word.
///
/// https://github.com/aws/event-ruler, `EqualsIgnoreCaseParser`
struct CaselessText: Sendable {
  private let characters: [(lower: [UInt8], upper: [UInt8])]
  /// What `fold` makes of every text that equals this one; nil where it would make several things of them.
  let folded: [UInt8]?

  init(_ text: String) {
    var canBeLookedUp = true
    characters = text.unicodeScalars.map { scalar in
      let (lower, upper) = (scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping)
      if Self.fold(lower) != Self.fold(upper) { canBeLookedUp = false }
      return (Array(lower.utf8), Array(upper.utf8))
    }
    folded = canBeLookedUp ? Self.fold(text) : nil
  }

  func equals(_ text: UnsafeBufferPointer<UInt8>) -> Bool { end(in: text) == text.count }

  func begins(_ text: UnsafeBufferPointer<UInt8>) -> Bool { end(in: text) != nil }

  func ends(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var rest = text[...]
    for character in characters.reversed() {
      if Self.ends(rest, character.lower) {
        rest = rest.dropLast(character.lower.count)
      } else if Self.ends(rest, character.upper) {
        rest = rest.dropLast(character.upper.count)
      } else {
        return false
      }
    }
    return true
  }

  /// Where it ends in a text that begins with it.
  private func end(in text: UnsafeBufferPointer<UInt8>) -> Int? {
    var at = 0
    for character in characters {
      if text[at...].starts(with: character.lower) {
        at += character.lower.count
      } else if text[at...].starts(with: character.upper) {
        at += character.upper.count
      } else {
        return nil
      }
    }
    return at
  }

  private static func ends(_ text: Slice<UnsafeBufferPointer<UInt8>>, _ bytes: [UInt8]) -> Bool {
    text.count >= bytes.count && text.suffix(bytes.count).elementsEqual(bytes)
  }

  /// One spelling for texts that differ in case only, letter by letter.
  static func fold(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      if scalar.isASCII {
        let byte = UInt8(scalar.value)
        bytes.append((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte)
      } else {
        for upper in scalar.properties.uppercaseMapping.unicodeScalars {
          bytes += upper.properties.lowercaseMapping.utf8
        }
      }
    }
    return bytes
  }
}
