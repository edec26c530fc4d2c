package import AudioDecoding
import CLibAV
package import Core
import LibAV
package import MediaTypes

/// Decides how a file is transcoded.
package enum TranscodePlanner {
  /// Blocks; belongs on a thread of its own.
  ///
  /// - Parameter copies: streams that fit the target are not encoded again.
  /// - Throws: `MediaError` if the source is not audio or cannot be encoded; errors of `source` unchanged.
  package static func plan(
    _ source: any ByteSource, target: TranscodeTarget, quality: TranscodeQuality?, copies: Bool,
    limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag()
  ) throws -> TranscodePlan {
    let input = try AudioInput(source, limits: limits, cancellation: cancellation)
    var made = TranscodePlan(mode: .whole, target: target, quality: quality, seconds: input.facts.seconds)
    let plan = try EncodingPlan(input.facts, target: target, quality: quality)
    if copies, StreamCopy.fits(input, target: target, quality: quality) {
      made.mode = .copy
      return made
    }
    // WAV needs no encoder: writing it twice costs more than decoding it once.
    guard target != .wav, plan.layout.rate == input.facts.sampleRate, let segments = made.segments(plan),
      (input.facts.seconds ?? 0) >= TranscodePlan.leastSeconds, SamplePositions.areExact(input)
    else { return made }
    var samples = input.facts.samples
    if SamplePositions.needsStarts(input) {
      let survey = try PacketSurvey(AudioInput(source, limits: limits, cancellation: cancellation))
      samples = survey.samples
      guard let samples else { return made }
      made.starts = (0..<segments.count(samples: samples)).map { number in
        survey.start(before: segments.samples(of: number).lowerBound)
      }
    }
    guard let samples, Double(samples) / Double(plan.layout.rate) >= TranscodePlan.leastSeconds,
      let first = try AudioReader(input).next(), let origin = SamplePositions.time(of: first)
    else { return made }
    made.mode = .parts
    made.seconds = Double(samples) / Double(plan.layout.rate)
    made.count = segments.count(samples: samples)
    made.origin = origin
    made.samples = samples
    return made
  }
}

/// Which inputs tell for each packet exactly where its samples belong.
enum SamplePositions {
  /// Containers with an index, or with numbers in their frames, by which a sample is found exactly.
  private static let indexed: Set<String> = ["wav", "w64", "aiff", "au", "caf", "flac", "mov"]
  /// Packets of these count from the file's beginning only.
  private static let counted: Set<String> = ["mp3", "aac"]

  static func areExact(_ input: AudioInput) -> Bool {
    let name = container(input)
    let base = input.timeBase
    return (indexed.contains(name) || counted.contains(name)) && base.num == 1
      && Int(base.den) % max(1, input.facts.sampleRate) == 0
  }

  static func needsStarts(_ input: AudioInput) -> Bool { counted.contains(container(input)) }

  static func time(of frame: Frame) -> Int64? {
    frame.raw.pointee.pts == zt_no_timestamp ? nil : frame.raw.pointee.pts
  }

  private static func container(_ input: AudioInput) -> String { String(input.facts.container.prefix { $0 != "," }) }
}

/// A pass over all packets of a file without an index: how many samples there are, and where packets begin.
struct PacketSurvey {
  /// Samples per channel; `nil` if the packets do not tell.
  private(set) var samples: Int64?
  private var starts: [TranscodePlan.Start] = []
  private let ticksPerSample: Int64
  private let firstTime: Int64

  /// Packets between two places that are noted.
  private static let spacing = 32

  init(_ input: AudioInput) throws {
    let packet = try Packet()
    var (ticks, dropped, number): (Int64, Int64, Int) = (0, 0, 0)
    var first: Int64?
    ticksPerSample = Int64(input.timeBase.den) / Int64(max(1, input.facts.sampleRate))
    var isUsable = true
    while try input.read(into: packet) {
      let time = packet.pts ?? packet.dts
      if first == nil { first = time ?? 0 }
      if number % Self.spacing == 0, packet.position >= 0, let time {
        starts.append(TranscodePlan.Start(position: packet.position, time: time))
      }
      if time != (first ?? 0) + ticks { isUsable = false }
      ticks += packet.duration
      number += 1
      var (start, end): (UInt32, UInt32) = (0, 0)
      if zt_skipped_samples(packet.raw, &start, &end) != 0 { dropped += Int64(start) + Int64(end) }
    }
    firstTime = first ?? 0
    let count = ticks / ticksPerSample - dropped
    samples = isUsable && count > 0 ? count : nil
  }

  /// The last noted place from which a decoder has settled before that sample.
  func start(before sample: Int64) -> TranscodePlan.Start {
    let limit = firstTime + sample * ticksPerSample
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle].time <= limit { low = middle + 1 } else { high = middle }
    }
    let index = max(0, low - 3)
    return starts.isEmpty ? TranscodePlan.Start(position: 0, time: firstTime) : starts[index]
  }
}
