import Encodings
import Checksums
import Testing

@Suite struct MD5StreamTests {
  @Test("MD5 of a million letters")
  func aMillionLetters() {
    #expect(
      Digest.md5([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)).hexString
        == "7707d6ae4e027c70eea2a935c2296f21")
  }

  /// Around the ends of blocks, where the padding begins another one.
  @Test("lengths around the end of a block are padded right")
  func lengthsAroundABlock() {
    let lengths = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129]
    // The digest of all digests, as Python's hashlib has it.
    let digests = lengths.map { Digest.md5([UInt8](repeating: 0x5a, count: $0)) }
    #expect(Digest.md5(Array(digests.joined())).hexString == "bfa226d0e84cbad322b90e0ed75ca210")
  }

  @Test("pieces make the same digest as the whole", arguments: [1, 3, 63, 64, 65, 1000])
  func pieces(size: Int) {
    let bytes = pattern(count: 10_000)
    let stream = MD5Stream()
    for start in stride(from: 0, to: bytes.count, by: size) {
      stream.update(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    stream.update([])
    #expect(stream.finalize() == Digest.md5(bytes))
  }

  @Test("side by side, each message keeps its digest", arguments: 0...8)
  func sideBySide(count: Int) {
    let messages = (0..<count).map { pattern(count: [5000, 0, 64, 1, 777, 12_345, 63, 4096][$0]) }
    #expect(Digest.md5(of: messages) == messages.map(Digest.md5))
  }

  /// So that lanes end, begin blocks and change places at different times.
  @Test("digests made side by side do not mix")
  func piecesSideBySide() {
    let messages = [10_000, 9_000, 300, 0, 8_191].map(pattern)
    let streams = messages.map { _ in MD5Stream() }
    var offset = 0
    for size in [1, 62, 64, 65, 3, 500, 129, 9_300] {
      let parts = messages.map { Array($0.dropFirst(offset).prefix(size)) }
      let halves = parts.map { (Array($0.prefix(size / 3)), Array($0.dropFirst(size / 3))) }
      func feed(_ index: Int, _ work: [MD5Stream.Work]) {
        guard index < halves.count else { return MD5Stream.update(work) }
        halves[index].0.withUnsafeBytes { first in
          halves[index].1.withUnsafeBytes { second in feed(index + 1, work + [(streams[index], [first, second])]) }
        }
      }
      feed(0, [])
      offset += size
    }
    #expect(streams.map { $0.finalize() } == messages.map(Digest.md5))
  }
}
