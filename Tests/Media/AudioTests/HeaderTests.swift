import AudioDecoding
import Testing

import Audio

@Suite struct WAVHeaderTests {
  private func header(channels: Int = 2, bits: Int = 16, tags: AudioTags = AudioTags()) -> WAVHeader {
    WAVHeader(
      channels: channels, channelMask: 0, sampleRate: 48_000, bits: bits, isFloat: false, tags: tags)
  }

  private func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[offset + $1]) }
  }

  @Test("a header of known length has 44 bytes")
  func aKnownLengthNeedsFortyFourBytes() {
    let bytes = header().bytes(samples: 1000)
    #expect(bytes.count == 44)
    #expect(number(bytes, 4, 4) == 36 + 4000)
    #expect(number(bytes, 40, 4) == 4000)
  }

  @Test("from 4 GiB a file is RF64")
  func fourGibibytesBecomeRF64() {
    let samples: Int64 = 1_200_000_000
    let bytes = header().bytes(samples: samples)
    #expect(bytes.starts(with: Array("RF64".utf8)))
    #expect(Array(bytes[12..<16]) == Array("ds64".utf8))
    #expect(number(bytes, 4, 4) == 0xffff_ffff)
    #expect(number(bytes, 28, 8) == UInt64(samples) * 4)
    #expect(number(bytes, 36, 8) == UInt64(samples))
    #expect(number(bytes, 20, 8) == UInt64(bytes.count - 8) + UInt64(samples) * 4)
  }

  @Test("a patched header has the reserved length", arguments: [0, 1, 1000, 1_073_000_000, 1_200_000_000] as [Int64])
  func aPatchedHeaderHasTheReservedLength(_ samples: Int64) {
    let reserved = header().bytes(samples: nil)
    let patched = header().patched(samples: samples)
    #expect(patched.count == reserved.count)
    let isLarge = samples > 1_100_000_000
    #expect(patched.starts(with: Array((isLarge ? "RF64" : "RIFF").utf8)))
    if !isLarge { #expect(number(patched, patched.count - 4, 4) == UInt64(samples) * 4) }
  }

  @Test("tags are RIFF information")
  func tagsAreRIFFInformation() {
    var tags = AudioTags()
    tags.add("title", "odd")
    let bytes = header(tags: tags).bytes(samples: 0)
    #expect(bytes.count == 44 + 12 + 8 + 4)
    #expect(Array(bytes[36..<40]) == Array("LIST".utf8))
  }
}

@Suite struct MP3InfoTests {
  /// As LAME 3.100 does: lengths and frames that it gave.
  @Test(
    "the number of frames follows from the samples",
    arguments: [
      (220_500, 44_100, 193, 1260), (1152, 44_100, 3, 1728), (1, 44_100, 1, 575), (40_000, 8_000, 71, 320 + 0),
    ] as [(Int64, Int, Int64, Int)])
  func framesFollowFromSamples(_ samples: Int64, _ rate: Int, _ frames: Int64, _ padding: Int) {
    let found = MP3InfoFrame.frames(samples: samples, rate: rate, delay: 576)
    let size = Int64(MP3InfoFrame.samplesPerFrame(rate: rate))
    #expect(found.frames * size == samples + 576 + Int64(found.padding))
    #expect(found.padding >= 576 && found.padding < 576 + Int(size))
    if samples == 220_500 { #expect((found.frames, found.padding) == (frames, padding)) }
  }

  @Test("a frame is one of its file")
  func theFrameIsOneOfItsFile() {
    let info = MP3InfoFrame(
      frameHeader: [0xff, 0xfb, 0xe0, 0x44], isVariable: true, frames: 193, delay: 576, padding: 1260)
    let bytes = info.encoded
    #expect(bytes.count == 208)
    #expect(Array(bytes[..<4]) == [0xff, 0xfb, 0x50, 0x40])
    #expect(Array(bytes[36..<40]) == Array("Xing".utf8))
    #expect(Array(bytes[40..<48]) == [0, 0, 0, 9, 0, 0, 0, 193])
  }

  @Test("the seek table rises even if points were thinned out")
  func theSeekTableRisesEvenWhenPointsWereThinnedOut() {
    var points = SeekPoints()
    for frame in 0..<100_000 { points.add(frame: frame, offset: frame * 400) }
    let table = points.table(frames: 100_000, bytes: 40_000_000)
    #expect(table.count == 100)
    #expect(table == table.sorted())
    // A point that was kept lies up to 32 frames before the one that is looked for.
    #expect((127...128).contains(table[50]))
  }
}

@Suite struct FLACFrameTests {
  @Test(
    "numbers are coded as UTF-8 is",
    arguments: [0, 1, 127, 128, 2047, 2048, 65_535, 65_536, 1 << 21, 1 << 26, (1 << 31) - 1])
  func numbersAreCodedAsUTF8Is(_ number: Int) {
    let coded = FLACJoiner.coded(number)
    if number < 0xd800, let scalar = UnicodeScalar(UInt32(number)) {
      #expect(coded == Array(String(Character(scalar)).utf8))
    }
    let bits = coded.count == 1 ? 7 : 7 - coded.count
    let value = coded.dropFirst().reduce(Int(coded[0]) & ((1 << bits) - 1)) { $0 << 6 | Int($1 & 0x3f) }
    #expect(value == number)
  }

  @Test("a frame with another number has the check that its bytes give", arguments: [0, 1, 200, 70_000, 1 << 30])
  func aFrameWithAnotherNumberHasTheCheckThatItsBytesGive(_ number: Int) throws {
    for length in [2, 3, 63, 4096, 9001] {
      // Fixed blocks of 4,096 samples at 44.1 kHz, two channels, number 5.
      var frame: [UInt8] = [0xff, 0xf8, 0xc9, 0x18, 5, 0]
      frame += (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 29 ^ $0 >> 3) }
      let check = FLACFrameCheck.of(frame)
      frame += [UInt8(check >> 8), UInt8(check & 0xff)]
      let made = try FLACJoiner.renumbered(frame, number)
      let expected = FLACFrameCheck.of(made.dropLast(2))
      #expect(Array(made.suffix(2)) == [UInt8(expected >> 8), UInt8(expected & 0xff)])
      #expect(Array(made[4..<(4 + FLACJoiner.coded(number).count)]) == FLACJoiner.coded(number))
      #expect(made.dropLast(2).suffix(length) == frame.dropLast(2).suffix(length))
    }
  }

  @Test("the number of samples is put into the header")
  func theNumberOfSamplesIsPutIntoTheHeader() {
    let block = FLACWriter.streamInformation([UInt8](repeating: 0xff, count: 34), samples: 0x1_2345_6789)
    #expect(Array(block[12...18]) == [0xff, 0xf1, 0x23, 0x45, 0x67, 0x89, 0xff])
  }
}

@Suite struct NearestTests {
  @Test(
    "the nearest rate is taken",
    arguments: [(192_000, 48_000), (44_100, 44_100), (7_350, 8_000), (50_000, 48_000), (46_050, 48_000)])
  func theNearestRateIsTaken(_ rate: Int, _ expected: Int) {
    #expect(NearestChoice.rate(rate, among: [8_000, 44_100, 48_000]) == expected)
    #expect(NearestChoice.rate(rate, among: []) == rate)
  }
}
