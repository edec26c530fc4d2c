/// Reads the files of the time zone database (RFC 8536).
///
/// <https://www.rfc-editor.org/rfc/rfc8536>
enum TZifReader {
  /// `nil` if the file is not of that form.
  static func read(_ bytes: [UInt8]) -> TimeZoneRules? {
    guard let first = Header(bytes, at: 0), first.version >= 2 else { return nil }
    // The first block has 32-bit times and is there for old readers only.
    let second = Header.length + first.dataLength(timeLength: 4)
    guard let header = Header(bytes, at: second) else { return nil }
    let data = second + Header.length
    let end = data + header.dataLength(timeLength: 8)
    guard end <= bytes.count, header.typeCount > 0 else { return nil }

    let indexes = data + header.timeCount * 8
    let types = indexes + header.timeCount
    func offset(ofType index: Int) -> Int {
      Int(Int32(truncatingIfNeeded: integer(bytes, at: types + index * 6, length: 4)))
    }
    var transitions: [TimeZoneRules.Transition] = []
    for index in 0..<header.timeCount {
      let type = Int(bytes[indexes + index])
      guard type < header.typeCount else { return nil }
      transitions.append(
        .init(time: integer(bytes, at: data + index * 8, length: 8), offset: offset(ofType: type)))
    }
    let footer = String(decoding: bytes[end...].dropFirst().prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return TimeZoneRules(
      transitions: transitions, initialOffset: offset(ofType: 0), tail: RecurringOffset(posix: footer))
  }

  private struct Header {
    static let length = 44
    let version: Int
    let (localCount, standardCount, leapCount, timeCount, typeCount, nameLength): (Int, Int, Int, Int, Int, Int)

    init?(_ bytes: [UInt8], at start: Int) {
      guard start + Self.length <= bytes.count, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else {
        return nil
      }
      let digit = bytes[start + 4]
      version = digit >= UInt8(ascii: "1") ? Int(digit - UInt8(ascii: "0")) : 1
      let counts = (0..<6).map { Int(integer(bytes, at: start + 20 + $0 * 4, length: 4)) }
      guard counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
      (localCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
      (timeCount, typeCount, nameLength) = (counts[3], counts[4], counts[5])
    }

    func dataLength(timeLength: Int) -> Int {
      timeCount * timeLength + timeCount + typeCount * 6 + nameLength + leapCount * (timeLength + 4) + standardCount
        + localCount
    }
  }

  /// Big endian; four bytes are not extended by their sign.
  private static func integer(_ bytes: [UInt8], at start: Int, length: Int) -> Int64 {
    Int64(bitPattern: bytes[start..<(start + length)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }
}
