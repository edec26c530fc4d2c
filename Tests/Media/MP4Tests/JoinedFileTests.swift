import Core
import MediaTypes
import Testing

import MP4

@Suite struct TrackTimelineTests {
  private func samples(_ times: [Int64], last: UInt32 = 0) -> [Sample] {
    times.map { Sample(size: 1, isSync: false, duration: $0 == times.max() ? last : 0, time: $0) }
  }

  private func decoding(_ timeline: TrackTimeline) -> [Int64] {
    var time = timeline.firstDecoding
    return timeline.steps.map { step in
      defer { time += Int64(step) }
      return time
    }
  }

  @Test("times in order need no offsets")
  func timesInOrderNeedNoOffsets() {
    let timeline = TrackTimeline(samples([0, 40, 80]), cutsSamples: false)
    #expect(timeline.offsets.isEmpty)
    #expect(timeline.steps == [40, 40, 40])
    #expect(timeline.end == 120)
  }

  @Test("presentation times stay exact across parts of variable rate")
  func presentationTimesStayExactAcrossPartsOfVariableRate() {
    // Two closed groups of pictures, each with reordered pictures, the second of another rate.
    let times: [Int64] = [0, 120, 40, 80, 160, 200, 1000, 340, 480, 1001, 1003, 1002]
    let timeline = TrackTimeline(samples(times), cutsSamples: false)
    let decoding = decoding(timeline)
    #expect(zip(decoding, decoding.dropFirst()).allSatisfy { $0 < $1 })
    #expect(zip(decoding, timeline.offsets).map { $0 + Int64($1) } == times)
    #expect(timeline.start == 0)
  }

  @Test("what is only decoded is cut off by the edit list")
  func whatIsOnlyDecodedIsCutOffByTheEditList() {
    let timeline = TrackTimeline(samples([-80, -40, 5, 45], last: 7), cutsSamples: false)
    #expect(timeline.start == 5)
    #expect(timeline.end == 52)
    #expect(TrackTimeline(samples([-2112, -1088, -64, 960]), cutsSamples: true).start == 0)
  }
}

/// Bytes that need no memory.
private final class Pattern: ByteSource {
  let size: Int64
  init(size: Int64) { self.size = size }
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = Int(min(Int64(buffer.count), size - offset))
    for index in 0..<count { buffer[index] = UInt8(truncatingIfNeeded: (offset + Int64(index)) / 3) }
    return count
  }
  func close() {}
}

private final class Bytes: ByteSource {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
  var size: Int64 { Int64(bytes.count) }
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = min(buffer.count, bytes.count - Int(offset))
    bytes.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<Int(offset) + count]))
    }
    return count
  }
  func close() {}
}

@Suite struct JoinedFileTests {
  private let video = TrackFormat.video(VideoFormat(width: 64, height: 48, timescale: 1000, configuration: [1, 2, 3]))
  private let audio = TrackFormat.audio(AudioFormat(sampleRate: 48_000, channels: 2, configuration: [0x11, 0x90]))

  private func part(_ format: TrackFormat, _ sizes: [Int], from start: Int64, step: Int64) throws -> TrackPart {
    let samples = sizes.enumerated().map {
      Sample(size: UInt32($1), isSync: $0 == 0, duration: UInt32(step), time: start + Int64($0) * step)
    }
    let content = [UInt8](repeating: UInt8(truncatingIfNeeded: start), count: sizes.reduce(0, +))
    return try TrackPart(Bytes(content + TrackPart.ending(format, samples)))
  }

  private func read(_ source: any ByteSource) throws -> [UInt8] { try source.readFully(0..<source.size) }

  /// Types and ranges of the boxes in `bytes`.
  private func boxes(_ bytes: ArraySlice<UInt8>) -> [(type: String, content: ArraySlice<UInt8>)] {
    var found: [(String, ArraySlice<UInt8>)] = []
    var at = bytes.startIndex
    while at + 8 <= bytes.endIndex {
      var size = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      let type = String(decoding: bytes[at + 4..<at + 8], as: UTF8.self)
      var header = 8
      if size == 1 {
        size = bytes[at + 8..<at + 16].reduce(0) { $0 << 8 | Int($1) }
        header = 16
      }
      found.append((type, bytes[at + header..<min(bytes.endIndex, at + size)]))
      at += size
    }
    return found
  }

  private func find(_ path: [String], in bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    guard let first = path.first else { return [bytes] }
    return boxes(bytes).filter { $0.type == first }.flatMap { find(Array(path.dropFirst()), in: $0.content) }
  }

  @Test("the index comes first and every chunk is where it says")
  func theIndexComesFirstAndEveryChunkIsWhereItSays() throws {
    let file = try JoinedFile(
      video: [
        part(video, [10, 20, 30], from: 1, step: 400), part(video, [7, 8], from: 1201, step: 400),
      ], audio: [part(audio, [Int](repeating: 5, count: 90), from: 0, step: 1024)])
    let bytes = try read(file)
    #expect(boxes(bytes[...]).map(\.type) == ["ftyp", "moov", "mdat"])
    #expect(file.pictures == 5)
    let tables = find(["moov", "trak", "mdia", "minf", "stbl"], in: bytes[...])
    #expect(tables.count == 2)
    // The first byte of each part's first chunk tells whose it is.
    let offsets = find(["stco"], in: tables[0])[0].dropFirst(8)
    let first = offsets.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    #expect(bytes[first] == 1)
    let sizes = find(["stsz"], in: tables[0])[0].dropFirst(12)
    #expect(stride(from: sizes.startIndex, to: sizes.endIndex, by: 4).map { Int(sizes[$0 + 3]) } == [10, 20, 30, 7, 8])
  }

  @Test("files beyond four gigabytes have long offsets")
  func filesBeyondFourGigabytesHaveLongOffsets() throws {
    let size: UInt32 = 1 << 30
    let samples = (0..<6).map { Sample(size: size, isSync: true, duration: 1000, time: Int64($0) * 1000) }
    let ending = try TrackPart.ending(video, samples)
    let source = Spliced(Pattern(size: 6 << 30), Bytes(ending))
    let file = try JoinedFile(video: [TrackPart(source)], audio: [])
    var head = [UInt8](repeating: 0, count: 4096)
    _ = try head.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
    #expect(!find(["moov", "trak", "mdia", "minf", "stbl", "co64"], in: head[...]).isEmpty)
    var tail = [UInt8](repeating: 0, count: 16)
    #expect(try tail.withUnsafeMutableBytes { try file.read(at: file.size - 16, into: $0) } == 16)
    #expect(tail.last == UInt8(truncatingIfNeeded: ((6 << 30) - 1) / 3))
  }

  @Test("parts with other parameters are not joined")
  func partsWithOtherParametersAreNotJoined() throws {
    let other = TrackFormat.video(VideoFormat(width: 66, height: 48, timescale: 1000, configuration: [1, 2, 3]))
    #expect(throws: MediaError.self) {
      try JoinedFile(
        video: [part(video, [1], from: 0, step: 40), part(other, [1], from: 40, step: 40)], audio: [])
    }
  }

  @Test("a damaged part is refused")
  func aDamagedPartIsRefused() throws {
    #expect(throws: MediaError.self) { try TrackPart(Bytes([UInt8](repeating: 0, count: 100))) }
    #expect(throws: MediaError.self) { try TrackPart(Bytes([1, 2])) }
    let whole = try [9, 9] + TrackPart.ending(video, [Sample(size: 3, isSync: true, duration: 1, time: 0)])
    #expect(throws: MediaError.self) { try TrackPart(Bytes(whole)) }
  }
}

private final class Spliced: ByteSource {
  let (first, second): (any ByteSource, any ByteSource)
  init(_ first: any ByteSource, _ second: any ByteSource) { (self.first, self.second) = (first, second) }
  var size: Int64 { first.size + second.size }
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    offset < first.size
      ? try first.read(at: offset, into: buffer) : try second.read(at: offset - first.size, into: buffer)
  }
  func close() {}
}
