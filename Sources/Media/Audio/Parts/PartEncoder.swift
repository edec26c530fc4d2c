package import AudioDecoding
import CLibAV
package import Core
import LibAV
package import MediaTypes

/// What one invocation made of its part of a file.
package struct EncodedPart: Sendable, Codable, Equatable {
  /// Samples per channel of the whole file, as the last part finds them; 0 from the others.
  package var samples: Int64 = 0
  /// Of the digest: the MD5 sum over all samples, as STREAMINFO has it.
  package var digest: [UInt8]?
  /// Of FLAC: bytes of the smallest and of the largest frame.
  package var frameSizes: ClosedRange<Int>?

  package init(samples: Int64 = 0, digest: [UInt8]? = nil, frameSizes: ClosedRange<Int>? = nil) {
    self.samples = samples
    self.digest = digest
    self.frameSizes = frameSizes
  }
}

/// Encodes one part of a planned file. Memory does not depend on the part's length.
package enum PartEncoder {
  /// Blocks; belongs on a thread of its own.
  ///
  /// - Parameters:
  ///   - number: of the part, from 0; `plan.count` is the digest.
  ///   - sink: takes the part: frames as they stand in the joined file for FLAC, otherwise packets.
  ///   - progress: called with the share of the part that is done, 0 … 1.
  /// - Returns: `nil` if the file does not hold what its headers promise, so that only one piece will do.
  /// - Throws: `MediaError`; errors of `source` and `sink` unchanged.
  package static func encode(
    _ source: any ByteSource, _ plan: TranscodePlan, part number: Int, to sink: any AudioSink,
    limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag(),
    progress: (Double) -> Void = { _ in }
  ) throws -> EncodedPart? {
    let input = try AudioInput(source, limits: limits, cancellation: cancellation)
    let encoding = try EncodingPlan(input.facts, target: plan.target, quality: plan.quality)
    if number == plan.count {
      return try digest(input, plan, encoding, progress: progress)
    }
    guard let segments = plan.segments(encoding), number < plan.count else { return nil }
    let isLast = number == plan.count - 1
    let planned = segments.samples(of: number)
    let range = planned.lowerBound..<(isLast ? .max : planned.upperBound)
    let encoder = try AudioEncoder(encoding)
    if plan.target == .flac, encoder.frameSize != segments.packetSize { return nil }
    let packets = PacketFile.Writer(sink)
    let frames = FLACFrameFile(sink, first: segments.firstPacket(of: number))
    let write: (Packet) throws -> Void = { plan.target == .flac ? try frames.write($0) : try packets.write($0) }
    do {
      let reader = try PositionedReader(
        input, range, origin: plan.origin, start: plan.starts.map { $0[min(number, $0.count - 1)] },
        length: plan.samples)
      // Behind the header and the search for the beginning, the part is read in one run.
      source.limitReadAhead(to: plan.end(of: range, bytes: source.size))
      let total =
        isLast
        ? Double(plan.seconds ?? 0) * Double(encoding.layout.rate) - Double(range.lowerBound) : Double(range.count)
      try feed(reader, encoding.layout) { planes, count in
        try encoder.encode(planes, count, write)
        progress(total > 0 ? min(1, Double(reader.samples) / total) : 0)
      }
      // A part in the middle that is not full, or one that saw damage, would shift what follows.
      if !isLast, reader.samples != Int64(range.count) { return nil }
      if reader.isDamaged { return nil }
      try encoder.finish(write)
      try packets.finish()
      return EncodedPart(samples: isLast ? range.lowerBound + reader.samples : 0, frameSizes: try frames.finish())
    } catch is PositionedReader.Irregular {
      return nil
    }
  }

  private static func feed(
    _ reader: PositionedReader, _ layout: SampleLayout, _ body: ([UnsafeMutablePointer<UInt8>?], Int) throws -> Void
  ) throws {
    let converter = SampleConverter(to: layout)
    while let (frame, skipped) = try reader.read() {
      // At the same rate, a conversion gives as many samples as it takes.
      try converter.convert(frame) { planes, count in
        try body(planes.map { $0.map { $0 + skipped * layout.stride } }, count - skipped)
      }
    }
    try converter.convert(nil) { planes, count in try body(planes, count) }
  }

  private static func digest(
    _ input: AudioInput, _ plan: TranscodePlan, _ encoding: EncodingPlan, progress: (Double) -> Void
  ) throws -> EncodedPart {
    let reader = try AudioReader(input)
    let converter = SampleConverter(to: encoding.layout)
    var digest = SampleDigest(encoding)
    func take(_ planes: [UnsafeMutablePointer<UInt8>?], _ count: Int) { digest.add(planes[0]!, count) }
    while let frame = try reader.next() {
      try converter.convert(frame, take)
      if let seconds = plan.seconds, seconds > 0 { progress(min(1, reader.position / seconds)) }
    }
    try converter.convert(nil, take)
    return EncodedPart(samples: reader.samples, digest: digest.finish())
  }
}
