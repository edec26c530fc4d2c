import AudioDecoding
import Core
import MediaTypes
import Testing

import Audio

/// Files of two and a half minutes and more, at a rate at which they cost little.
@Suite struct PartTests {
  private static let rate = 8000
  private static let seconds = 170.0
  private static let wav = recording(samples: Int(seconds * Double(rate)) + 137)
  private static let scratch = "/tmp"

  /// A tone that glides, with noise: one channel of 16 bits.
  private static func recording(samples: Int) -> [UInt8] {
    var state: UInt32 = 7
    var data: [UInt8] = []
    data.reserveCapacity(samples * 2)
    var phase = 0
    for index in 0..<samples {
      state = state &* 1_664_525 &+ 1_013_904_223
      phase = (phase + 200 + index / 4000) % 8000
      let value = Int16((phase < 4000 ? phase : 8000 - phase) * 3 - 6000 + Int(state >> 20))
      data.append(UInt8(truncatingIfNeeded: value))
      data.append(UInt8(truncatingIfNeeded: value >> 8))
    }
    func little(_ number: Int, _ bytes: Int) -> [UInt8] {
      (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    let format =
      little(16, 4) + little(1, 2) + little(1, 2) + little(rate, 4) + little(rate * 2, 4) + little(2, 2) + little(16, 2)
    let body = Array("WAVEfmt ".utf8) + format + Array("data".utf8) + little(data.count, 4) + data
    return Array("RIFF".utf8) + little(body.count, 4) + body
  }

  private final class Bytes: ByteSource {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    var size: Int64 { Int64(bytes.count) }
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
      let count = max(0, min(buffer.count, bytes.count - Int(offset)))
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<(Int(offset) + count)]))
      }
      return count
    }
    func close() {}
  }

  private static func whole(_ source: [UInt8], _ target: TranscodeTarget) throws -> [UInt8] {
    let file = try FileSink.scratch(in: scratch)
    var transcoder = Transcoder(target: target, scratch: scratch)
    transcoder.streams = false
    _ = try transcoder.run(Bytes(source), to: file)
    return try file.read(at: 0, count: Int(file.size))
  }

  private static func inParts(_ source: [UInt8], _ plan: TranscodePlan) throws -> [UInt8]? {
    var (files, parts): ([Int: [UInt8]], [Int: EncodedPart]) = ([:], [:])
    // Each part is made by an invocation of its own, in any order.
    for number in (0..<plan.steps).reversed() {
      let sink = MemorySink()
      guard let part = try PartEncoder.encode(Bytes(source), plan, part: number, to: sink) else { return nil }
      (files[number], parts[number]) = (sink.bytes, part)
    }
    let file = try FileSink.scratch(in: scratch)
    _ = try PartJoiner.join(
      Bytes(source), plan, (0..<plan.steps).map { parts[$0]! }, to: file
    ) { Bytes(files[$0]!) }
    return try file.read(at: 0, count: Int(file.size))
  }

  private static func samples(_ file: [UInt8]) throws -> [Int16] {
    let wav = try whole(file, .wav)
    return stride(from: 44, to: wav.count - 1, by: 2).map {
      Int16(truncatingIfNeeded: Int(wav[$0]) | Int(wav[$0 + 1]) << 8)
    }
  }

  @Test(
    "parts become the file that one piece would be", arguments: [TranscodeTarget.wav, .flac, .mp3, .m4a],
    [TranscodeTarget.flac, .mp3])
  func partsBecomeTheFileThatOnePieceWouldBe(_ kind: TranscodeTarget, _ target: TranscodeTarget) throws {
    let source = kind == .wav ? Self.wav : try Self.whole(Self.wav, kind)
    let plan = try TranscodePlanner.plan(Bytes(source), target: target, quality: nil, copies: false)
    #expect(plan.mode == .parts)
    #expect(plan.count >= 3)
    let made = try Self.samples(try #require(try Self.inParts(source, plan)))
    let original = try Self.samples(source)
    #expect(made.count == original.count)
    guard target == .flac else { return }
    // An AAC decoder makes noise up, which differs with what it has decoded before.
    let difference = zip(made, original).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(kind == .m4a || difference <= (kind == .mp3 ? 1 : 0))
  }

  @Test("a FLAC file of parts is that of one piece")
  func aFLACFileOfPartsIsThatOfOnePiece() throws {
    let plan = try TranscodePlanner.plan(Bytes(Self.wav), target: .flac, quality: nil, copies: false)
    let (parts, whole) = (try #require(try Self.inParts(Self.wav, plan)), try Self.whole(Self.wav, .flac))
    // STREAMINFO: sizes of blocks and frames, length, digest.
    #expect(parts[8..<42] == whole[8..<42])
    // Frames with their numbers and checks.
    #expect(parts.count == whole.count)
    #expect(zip(parts, whole).allSatisfy { $0 == $1 })
  }

  @Test("short files and other targets are one piece")
  func shortFilesAndOtherTargetsAreOnePiece() throws {
    let short = Self.recording(samples: 20 * Self.rate)
    for (source, target) in [(short, TranscodeTarget.mp3), (Self.wav, .wav), (Self.wav, .ogg), (Self.wav, .m4a)] {
      #expect(try TranscodePlanner.plan(Bytes(source), target: target, quality: nil, copies: false).mode == .whole)
    }
  }

  @Test("a file that ends early is not encoded in parts")
  func aFileThatEndsEarlyIsNotEncodedInParts() throws {
    let flac = try Self.whole(Self.wav, .flac)
    let cut = Array(flac[..<(flac.count / 2)])
    let plan = try TranscodePlanner.plan(Bytes(cut), target: .mp3, quality: nil, copies: false)
    #expect(try plan.mode == .whole || Self.inParts(cut, plan) == nil)
  }

  @Test("a part is read to a little behind its last sample, and never beyond the file")
  func aPartIsReadToALittleBehindItsLastSample() {
    var plan = TranscodePlan(mode: .parts, target: .mp3, quality: nil, seconds: 200)
    #expect(plan.end(of: 0..<100, bytes: 1_000_000) == 1_000_000)
    plan.samples = 1000
    #expect(plan.end(of: 0..<500, bytes: 100_000_000) == 51_000_000 + 65_536)
    #expect(plan.end(of: 0..<995, bytes: 1_000_000) == 1_000_000)
    #expect(plan.end(of: 900..<Int64.max, bytes: 1_000_000) == 1_000_000)
  }

  @Test("the last part is the first that reaches the end")
  func theLastPartIsTheFirstThatReachesTheEnd() throws {
    let facts = try AudioInput(Bytes(Self.wav)).facts
    for target in [TranscodeTarget.mp3, .flac] {
      let segments = try #require(SegmentPlan(try EncodingPlan(facts, target: target, quality: nil), seconds: 60))
      for total in stride(from: Int64(1), to: 3_000_000, by: 9973) {
        let last = segments.count(samples: total) - 1
        #expect(segments.samples(of: last).upperBound >= total)
        #expect(last == 0 || segments.samples(of: last - 1).upperBound < total)
      }
    }
  }
}
