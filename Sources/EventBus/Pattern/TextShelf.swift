/// Rules filed by what a text has: its beginning, its end, or a few bytes somewhere.
struct TextShelf: Sendable {
  enum Key: Hashable, Sendable {
    case whole([UInt8])
    case prefix([UInt8])
    case suffix([UInt8])
    /// One to four bytes that follow each other.
    case run(ByteRun)
  }

  private var wholes: [[UInt8]: [Int]] = [:]
  private var prefixes: [[UInt8]: [Int]] = [:]
  private var suffixes: [[UInt8]: [Int]] = [:]
  private var runs: [ByteRun: [Int]] = [:]
  /// Of all keys of the kind, each once, ascending.
  private var prefixLengths: [Int] = []
  private var suffixLengths: [Int] = []
  private var runLengths: [Int] = []

  var isEmpty: Bool { wholes.isEmpty && prefixes.isEmpty && suffixes.isEmpty && runs.isEmpty }

  mutating func file(_ rule: Int, under key: Key) {
    switch key {
    case .whole(let bytes): wholes[bytes, default: []].append(rule)
    case .prefix(let bytes):
      prefixes[bytes, default: []].append(rule)
      Self.note(bytes.count, in: &prefixLengths)
    case .suffix(let bytes):
      suffixes[bytes, default: []].append(rule)
      Self.note(bytes.count, in: &suffixLengths)
    case .run(let run):
      runs[run, default: []].append(rule)
      Self.note(run.count, in: &runLengths)
    }
  }

  private static func note(_ length: Int, in lengths: inout [Int]) {
    if !lengths.contains(length) { lengths = (lengths + [length]).sorted() }
  }

  /// Adds the rules filed under what the text has; a rule may come twice. One look-up for each length of a beginning or an
  /// end, and one for each place of a run.
  func collect(_ text: [UInt8], into found: inout [Int]) {
    if !wholes.isEmpty, let filed = wholes[text] { found.append(contentsOf: filed) }
    for length in prefixLengths where length <= text.count {
      if let filed = prefixes[Array(text[..<length])] { found.append(contentsOf: filed) }
    }
    for length in suffixLengths where length <= text.count {
      if let filed = suffixes[Array(text[(text.count - length)...])] { found.append(contentsOf: filed) }
    }
    for length in runLengths where length <= text.count {
      for start in 0...(text.count - length) {
        if let filed = runs[ByteRun(text[start..<(start + length)])] { found.append(contentsOf: filed) }
      }
    }
  }
}

/// Up to four bytes, as one number.
struct ByteRun: Hashable, Sendable {
  static let longest = 4
  let count: Int
  private let bits: UInt32

  /// - Parameter bytes: at most `longest`.
  init(_ bytes: ArraySlice<UInt8>) {
    count = bytes.count
    bits = bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }
}
