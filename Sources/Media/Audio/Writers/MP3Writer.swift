import AudioDecoding
import CLibAV
import LibAV
import MediaTypes

/// An MP3 file: ID3v2, the frame with the file's length, the frames.
final class MP3Writer: AudioWriter {
  private let sink: any AudioSink
  private let rate: Int
  private let delay: Int
  private let isVariable: Bool
  private let declared: Int64?
  private var info: MP3InfoFrame?
  private let infoOffset: Int64
  private var frames = 0
  private var bytes = 0
  private var seekPoints = SeekPoints()

  /// - Parameter samples: samples per channel that will come; `nil` if the first frame is to be patched at the end, which
  ///   `sink` must be able to do.
  init(_ encoder: AudioEncoder, tags: AudioTags, samples: Int64?, sink: any AudioSink) throws {
    self.sink = sink
    rate = encoder.plan.layout.rate
    // libavcodec counts the decoder's delay as well.
    delay = max(0, encoder.delay - 529)
    if case .quality = encoder.plan.rate { isVariable = true } else { isVariable = false }
    declared = samples
    // libav writes the tags, whose size it only knows behind them; the frames need no muxer.
    let head = MemorySink()
    let writer = try LibAVWriter(
      format: "mp3", encoder: encoder, tags: tags, options: [("write_xing", "0"), ("id3v2_version", "3")], sink: head,
      isPatched: true)
    try writer.flush()
    try sink.write(head.bytes)
    infoOffset = Int64(head.bytes.count)
  }

  func write(_ packet: Packet) throws {
    if info == nil { try begin(packet) }
    seekPoints.add(frame: frames, offset: bytes)
    frames += 1
    bytes += packet.size
    try sink.write(UnsafeRawBufferPointer(packet.bytes))
  }

  func finish(samples: Int64) throws {
    guard var info else { return }
    let expected = MP3InfoFrame.frames(samples: samples, rate: rate, delay: delay)
    guard declared == nil else {
      guard expected.frames == Int64(frames), declared == samples else {
        throw MediaError(.encodeFailed, "\(frames) frames came of \(samples) samples instead of \(info.frames)")
      }
      return
    }
    info.frames = frames
    info.padding = max(0, frames * MP3InfoFrame.samplesPerFrame(rate: rate) - delay - Int(samples))
    info.bytes = bytes
    info.seekTable = seekPoints.table(frames: frames, bytes: bytes)
    try (sink as? any PatchableSink)?.overwrite(info.encoded, at: infoOffset)
  }

  private func begin(_ packet: Packet) throws {
    guard packet.size >= 4 else { throw MediaError(.encodeFailed, "the MP3 encoder gave a packet without a header") }
    let expected =
      declared.map { MP3InfoFrame.frames(samples: $0, rate: rate, delay: delay) } ?? (frames: 0, padding: 0)
    var info = MP3InfoFrame(
      frameHeader: Array(packet.bytes[..<4]), isVariable: isVariable, frames: Int(expected.frames), delay: delay,
      padding: expected.padding)
    if declared == nil { (info.bytes, info.seekTable) = (0, [UInt8](repeating: 0, count: 100)) }
    self.info = info
    let frame = info.encoded
    bytes = frame.count
    try sink.write(frame)
  }
}

/// Where some of the frames are; thinned out as they become many, so that a long file takes no more memory than a short one.
package struct SeekPoints {
  private var offsets: [Int] = []
  private var spacing = 1

  package init() {}

  package mutating func add(frame: Int, offset: Int) {
    guard frame % spacing == 0 else { return }
    offsets.append(offset)
    if offsets.count == 4096 {
      offsets = stride(from: 0, to: 4096, by: 2).map { offsets[$0] }
      spacing *= 2
    }
  }

  /// For each percent of the frames the share of the bytes in 256ths.
  package func table(frames: Int, bytes: Int) -> [UInt8] {
    (0..<100).map { percent in
      guard !offsets.isEmpty, bytes > 0 else { return 0 }
      let index = min(offsets.count - 1, frames * percent / 100 / spacing)
      return UInt8(min(255, offsets[index] * 256 / bytes))
    }
  }
}
