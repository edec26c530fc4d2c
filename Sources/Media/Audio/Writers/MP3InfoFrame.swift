/// The first frame of an MP3 file, which holds no sound but the number of frames, encoder delay and padding, and a seek
/// table ("Xing", "Info" and LAME headers). Pure.
package struct MP3InfoFrame {
  /// The four bytes of a frame header of the same file.
  var frameHeader: [UInt8]
  var isVariable: Bool
  /// Frames that follow this one.
  var frames: Int
  /// Samples that the encoder put before the first one (LAME's count: without the decoder's 529).
  var delay: Int
  /// Samples that it put behind the last one.
  var padding: Int
  /// Bytes of all frames, this one included; `nil` if they are not known yet.
  var bytes: Int?
  /// For each percent of the time the share of the bytes in 256ths; `nil` if not known yet.
  var seekTable: [UInt8]?

  package init(
    frameHeader: [UInt8], isVariable: Bool, frames: Int, delay: Int, padding: Int, bytes: Int? = nil,
    seekTable: [UInt8]? = nil
  ) {
    self.frameHeader = frameHeader
    self.isVariable = isVariable
    self.frames = frames
    self.delay = delay
    self.padding = padding
    self.bytes = bytes
    self.seekTable = seekTable
  }

  /// Samples per frame and channel.
  package static func samplesPerFrame(rate: Int) -> Int { rate >= 32_000 ? 1152 : 576 }

  /// Frames that LAME makes of `samples` samples, and the padding that it puts behind them.
  package static func frames(samples: Int64, rate: Int, delay: Int) -> (frames: Int64, padding: Int) {
    let size = Int64(samplesPerFrame(rate: rate))
    let begun = samples + Int64(delay)
    var padding = size - begun % size
    // What the decoder's own delay would cut off needs another frame.
    if padding < 576 { padding += size }
    return ((begun + padding) / size, Int(padding))
  }

  package var encoded: [UInt8] {
    var frame = [UInt8](repeating: 0, count: size)
    frame.replaceSubrange(0..<4, with: header)
    var offset = 4 + sideInformation
    func put(_ bytes: [UInt8]) {
      frame.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
      offset += bytes.count
    }
    put(Array((isVariable ? "Xing" : "Info").utf8))
    let isComplete = bytes != nil && seekTable != nil
    put(Self.number(isComplete ? 0x0f : 0x09, 4))  // frames (bytes, table) and quality
    put(Self.number(frames, 4))
    if let bytes, let seekTable {
      put(Self.number(bytes, 4))
      put(seekTable)
    }
    put(Self.number(80, 4))
    put(Array("LAME3.100".utf8))
    put([isVariable ? 4 : 1])
    put([0] + [0, 0, 0, 0] + [0, 0, 0, 0])  // low pass, peak, gains: not stated
    put([0, 0])
    put([UInt8(delay >> 4 & 0xff), UInt8((delay & 0xf) << 4 | padding >> 8 & 0xf), UInt8(padding & 0xff)])
    put([0, 0, 0, 0])
    put(Self.number(bytes ?? 0, 4))
    put([0, 0])
    let check = Self.crc(frame[..<offset])
    put([UInt8(check >> 8), UInt8(check & 0xff)])
    return frame
  }

  private var isMPEG1: Bool { frameHeader[1] & 0x08 != 0 }
  private var isMono: Bool { frameHeader[3] >> 6 == 3 }
  private var sideInformation: Int { isMPEG1 ? (isMono ? 17 : 32) : (isMono ? 9 : 17) }

  /// Kilobits per second of a frame with room for everything (index of the table, and its rate).
  private var rate: (index: Int, kilobits: Int) {
    let rates = isMPEG1 ? MP3Frame.ratesMPEG1 : MP3Frame.ratesMPEG2
    let needed = 4 + sideInformation + 156
    for index in 1..<15 where MP3Frame.size(kilobits: rates[index], rate: sampleRate, isMPEG1: isMPEG1) >= needed {
      return (index, rates[index])
    }
    return (14, rates[14])
  }

  private var sampleRate: Int { MP3Frame.sampleRate(frameHeader) ?? 44_100 }
  var size: Int { MP3Frame.size(kilobits: rate.kilobits, rate: sampleRate, isMPEG1: isMPEG1) }

  private var header: [UInt8] {
    // No checksum, no padding, no mode extension.
    [0xff, frameHeader[1] | 1, UInt8(rate.index << 4) | frameHeader[2] & 0x0c, frameHeader[3] & 0xc0]
  }

  private static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
  }

  /// CRC-16 with the reversed polynomial 0x8005, as LAME's tag wants it.
  private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    bytes.reduce(UInt16(0)) { crc, byte in
      (0..<8).reduce(crc ^ UInt16(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xa001 : value >> 1 }
    }
  }
}
