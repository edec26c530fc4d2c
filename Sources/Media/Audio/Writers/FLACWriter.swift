import AudioDecoding
import CLibAV
import LibAV

/// A FLAC file. Its first block holds the number of samples, and at the end a digest of them if it can be patched.
package enum FLACWriter {
  /// - Parameter samples: samples per channel that will come; `nil` if the first block is to be patched at the end.
  static func make(_ encoder: AudioEncoder, tags: AudioTags, samples: Int64?, sink: any AudioSink) throws -> LibAVWriter
  {
    var block: [UInt8]?
    if let samples, let data = encoder.raw.pointee.extradata {
      block = streamInformation(
        Array(UnsafeBufferPointer(start: data, count: Int(encoder.raw.pointee.extradata_size))), samples: samples)
    }
    return try LibAVWriter(
      format: "flac", encoder: encoder, tags: tags, extradata: block, sink: sink, isPatched: samples == nil)
  }

  /// Puts the number of samples into STREAMINFO: 36 bits from bit 108 (RFC 9639, section 8.2).
  package static func streamInformation(_ block: [UInt8], samples: Int64) -> [UInt8] {
    guard block.count >= 34, samples > 0, samples < 1 << 36 else { return block }
    var block = block
    block[13] = block[13] & 0xf0 | UInt8(truncatingIfNeeded: samples >> 32)
    for index in 0..<4 { block[14 + index] = UInt8(truncatingIfNeeded: samples >> (24 - 8 * Int64(index))) }
    return block
  }

  /// Puts length, digest and the sizes of frames into the header of a finished file.
  ///
  /// - Parameter frames: bytes of the smallest and the largest.
  static func patch(_ sink: any PatchableSink, samples: Int64, digest: [UInt8], frames: ClosedRange<Int>?) throws {
    if let frames, frames.upperBound < 1 << 24 {
      let sizes = [frames.lowerBound, frames.upperBound]
      try sink.overwrite(
        sizes.flatMap { size in [16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } }, at: 8 + 4)
    }
    guard samples > 0, samples < 1 << 36, digest.count == 16 else { return }
    // `fLaC`, a block header, STREAMINFO: the upper bits of the byte before belong to the sample size.
    try sink.overwrite((0..<4).map { UInt8(truncatingIfNeeded: samples >> (24 - 8 * Int64($0))) } + digest, at: 8 + 14)
  }
}
