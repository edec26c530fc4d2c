import MediaTools
import ClipIndexing
import Clips
import VideoDecoding
import MediaTypes
import Core
import Testing

@Suite("Clips rendered one after another")
struct ClipSequenceTests {
  /// Clips of a second: every one ends among pictures that refer to each other.
  private static func clips(_ facts: VideoFacts, seconds: Int) -> [ClipRequest] {
    stride(from: 0, to: Int(facts.length.rounded(.up)), by: seconds).map {
      ClipRequest(start: $0, end: min(Double($0 + seconds), facts.length))
    }
  }

  @Test("look the same, byte for byte, as each by itself", arguments: CodedCase.all)
  func sameOutputs(_ video: CodedCase) throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      video.file, in: scratch, frames: 120, width: video.size.0, height: video.size.1, rate: video.rate,
      input: video.input, video.arguments)
    let facts = try VideoProbe.probe(FileByteSource(path: path))
    let sequence = ClipSequence()
    for request in Self.clips(facts, seconds: 1) {
      let (alone, following) = (CollectingSink(), CollectingSink())
      _ = try ClipRenderer.render(FileByteSource(path: path), request, to: alone)
      _ = try ClipRenderer.render(FileByteSource(path: path), request, to: following, sequence: sequence)
      #expect(following.difference(from: alone) == nil, "the clip at \(request.start) s")
    }
  }

  @Test("need not decode twice what lies before their beginning", arguments: IndexedCase.all.filter(\.isInter))
  func skipped(_ video: IndexedCase) throws {
    let scratch = try Scratch()
    let path = try video.make(in: scratch)
    let (facts, indexer) = try VideoProbe.survey(FileByteSource(path: path), leastIndexBytes: 0)
    for isIndexed in [false, true] {
      let sequence = ClipSequence()
      var packets = 0
      for request in Self.clips(facts, seconds: 3) {
        let header = isIndexed ? indexer?.header(start: request.start, end: request.end) : nil
        let (alone, following) = (CollectingSink(), CollectingSink())
        _ = try ClipRenderer.render(FileByteSource(path: path), request, to: alone)
        let result = try ClipRenderer.render(
          FileByteSource(path: path), request, header: header, to: following, sequence: sequence)
        #expect(following.difference(from: alone) == nil, "the clip at \(request.start) s")
        packets += result.packetsRead
      }
      // Every packet of the video once; those hidden before its beginning may come on top.
      let all = try Tool.packets(of: path)
      #expect(packets <= all, "\(packets) of \(all), indexed: \(isIndexed)")
    }
  }

  @Test("that do not follow each other are rendered by themselves")
  func notFollowing() throws {
    let scratch = try Scratch()
    let path = try CodedVideo.make(
      "a.mp4", in: scratch, frames: 150, CodedCase.x264 + ["-preset", "medium", "-g", "40"])
    var narrow = ClipRequest(start: 1, end: 2)
    narrow.gif?.width = 80
    let sequence = ClipSequence()
    for request in [
      ClipRequest(start: 0, end: 1), ClipRequest(start: 2, end: 3), ClipRequest(start: 1, end: 2), narrow,
      ClipRequest(start: 2, end: 3, mode: .keyframes), ClipRequest(start: 3, end: 4), ClipRequest(start: 3, end: 5),
    ] {
      let (alone, following) = (CollectingSink(), CollectingSink())
      let expected = try ClipRenderer.render(FileByteSource(path: path), request, to: alone)
      let result = try ClipRenderer.render(
        FileByteSource(path: path), request, to: following, sequence: sequence)
      #expect(following.difference(from: alone) == nil)
      #expect(result.packetsRead >= expected.packetsRead)
    }
  }

  @Test("do not trust a decoder that was kept for another content")
  func otherContent() throws {
    let scratch = try Scratch()
    let arguments = CodedCase.x264 + ["-preset", "medium", "-g", "40"]
    let path = try CodedVideo.make("a.mp4", in: scratch, frames: 100, arguments)
    let other = try CodedVideo.make("b.mp4", in: scratch, frames: 100, arguments + ["-vf", "negate", "-crf", "30"])
    let sequence = ClipSequence()
    let (first, second) = (ClipRequest(start: 0, end: 2), ClipRequest(start: 2, end: 4))
    _ = try ClipRenderer.render(FileByteSource(path: path), first, to: CollectingSink(), sequence: sequence)
    let (alone, following) = (CollectingSink(), CollectingSink())
    _ = try ClipRenderer.render(FileByteSource(path: other), second, to: alone)
    _ = try ClipRenderer.render(FileByteSource(path: other), second, to: following, sequence: sequence)
    #expect(following.difference(from: alone) == nil)
  }
}

extension CollectingSink {
  /// In words, as the bytes say nothing to a reader.
  fileprivate func difference(from other: CollectingSink) -> String? {
    if gifs != other.gifs { return "another GIF" }
    let numbers = zip(stills, other.stills).enumerated().filter { $1.0 != $1.1 }.map { $0.offset + 1 }
    return stills.count == other.stills.count && numbers.isEmpty ? nil : "other stills: \(numbers)"
  }
}

extension IndexedCase {
  /// Whether pictures are decoded from others.
  fileprivate var isInter: Bool { name != "ProRes" }
}

extension Tool {
  /// How many packets the video stream has.
  fileprivate static func packets(of path: String) throws -> Int {
    let text = try Tool.run(
      "ffprobe",
      [
        "-v", "error", "-select_streams", "v:0", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of",
        "csv=p=0", path,
      ])
    return Int(String(decoding: text, as: UTF8.self).filter(\.isNumber)) ?? 0
  }
}
