/// Reads a JSON text (RFC 8259) in time and memory proportional to its length.
///
/// What is open is kept in arrays, not in calls, so the depth costs no stack.
struct JSONParser {
  struct Failure: Error {
    let message: String
  }

  /// What an array or object has so far.
  private struct Level {
    var isObject: Bool
    var values: [JSONValue] = []
    var members: [String: JSONValue] = [:]
    var key = ""
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var at = 0
  private var levels: [Level] = []

  static func parse(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
    let result: Result<JSONValue, Failure> = bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer)
      do throws(Failure) {
        return .success(try parser.document())
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private func failure(_ what: String) -> Failure { Failure(message: "\(what) at byte \(at)") }

  private mutating func document() throws(Failure) -> JSONValue {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    while true {
      skipSpace()
      guard let byte = current else { throw failure("the JSON text ends too early") }
      var value: JSONValue
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        let isObject = byte == UInt8(ascii: "{")
        guard levels.count < JSON.maximumDepth else {
          throw failure("more than \(JSON.maximumDepth) arrays and objects are inside one another")
        }
        at += 1
        skipSpace()
        guard current == UInt8(ascii: isObject ? "}" : "]") else {
          levels.append(Level(isObject: isObject))
          if isObject { try key() }
          continue
        }
        at += 1
        value = isObject ? .object([:]) : .array([])
      case UInt8(ascii: "\""): value = .string(try string())
      case UInt8(ascii: "t"): value = try word("true", .bool(true))
      case UInt8(ascii: "f"): value = try word("false", .bool(false))
      case UInt8(ascii: "n"): value = try word("null", .null)
      default: value = try number()
      }
      // Whatever ends with this value ends now.
      while true {
        guard let last = levels.indices.last else {
          skipSpace()
          guard at == bytes.count else { throw failure("there is something after the JSON text") }
          return value
        }
        if levels[last].isObject {
          levels[last].members[levels[last].key] = value
        } else {
          levels[last].values.append(value)
        }
        skipSpace()
        let isObject = levels[last].isObject
        if current == UInt8(ascii: ",") {
          at += 1
          if isObject {
            skipSpace()
            try key()
          }
          break
        }
        guard current == UInt8(ascii: isObject ? "}" : "]") else {
          throw failure("a comma or '\(isObject ? "}" : "]")' is missing")
        }
        at += 1
        let level = levels.removeLast()
        value = isObject ? .object(level.members) : .array(level.values)
      }
    }
  }

  private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 { at += 1 }
  }

  private mutating func key() throws(Failure) {
    guard current == UInt8(ascii: "\"") else { throw failure("a member's name is missing") }
    let name = try string()
    skipSpace()
    guard current == UInt8(ascii: ":") else { throw failure("a colon is missing") }
    at += 1
    levels[levels.count - 1].key = name
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
    let count = word.utf8CodeUnitCount
    guard at + count <= bytes.count,
      (0..<count).allSatisfy({ bytes[at + $0] == word.utf8Start[$0] })
    else { throw failure("there is no JSON value") }
    at += count
    return value
  }

  // MARK: Numbers

  private mutating func number() throws(Failure) -> JSONValue {
    let start = at
    var isWhole = true
    if current == UInt8(ascii: "-") { at += 1 }
    let first = current
    let digits = skipDigits()
    guard digits > 0, first != UInt8(ascii: "0") || digits == 1 else { throw failure("there is no JSON value") }
    if current == UInt8(ascii: ".") {
      isWhole = false
      at += 1
      guard skipDigits() > 0 else { throw failure("a number's fraction has no digits") }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isWhole = false
      at += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { at += 1 }
      guard skipDigits() > 0 else { throw failure("a number's exponent has no digits") }
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if isWhole, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw failure("a number is too large") }
    // `1500.0` and `1e3` are whole numbers too.
    if let whole = Int64(exactly: value), abs(value) < 9_007_199_254_740_992 { return .integer(whole) }
    return .number(value)
  }

  private mutating func skipDigits() -> Int {
    let start = at
    while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
    return at - start
  }

  // MARK: Strings

  private mutating func string() throws(Failure) -> String {
    at += 1
    let start = at
    var text: [UInt8] = []
    var from = at
    while let byte = current {
      if byte == UInt8(ascii: "\"") {
        at += 1
        let isPlain = from == start
        if !isPlain { text += bytes[from..<at - 1] }
        let decoded =
          isPlain ? String(validating: bytes[start..<at - 1], as: UTF8.self) : String(validating: text, as: UTF8.self)
        guard let decoded else { throw failure("a string is not UTF-8") }
        return decoded
      }
      guard byte >= 0x20 else { throw failure("a string contains a control character") }
      if byte != UInt8(ascii: "\\") {
        at += 1
        continue
      }
      text += bytes[from..<at]
      at += 1
      try escape(into: &text)
      from = at
    }
    throw failure("a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(Failure) {
    guard let byte = current else { throw failure("a string does not end") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var scalar = UInt32(try codeUnit())
      if (0xD800...0xDBFF).contains(scalar) {
        guard current == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u") else {
          throw failure("a surrogate has no second half")
        }
        at += 2
        let low = UInt32(try codeUnit())
        guard (0xDC00...0xDFFF).contains(low) else { throw failure("a surrogate has no second half") }
        scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(scalar) else { throw failure("a surrogate has no first half") }
      text += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
    default: throw failure("an escape is unknown")
    }
  }

  private mutating func codeUnit() throws(Failure) -> UInt16 {
    guard at + 4 <= bytes.count else { throw failure("a string does not end") }
    var unit: UInt16 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch bytes[at] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[at] - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[at] - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = bytes[at] - UInt8(ascii: "A") + 10
      default: throw failure("four hexadecimal digits are missing")
      }
      unit = unit << 4 | UInt16(digit)
      at += 1
    }
    return unit
  }
}
