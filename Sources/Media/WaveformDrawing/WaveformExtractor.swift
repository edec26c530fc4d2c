package import Audio
package import AudioDecoding
import CLibAV
package import Core
import LibAV
package import MediaTypes

/// Draws waveforms of an audio file: any number of documents from one decode.
package struct WaveformExtractor: Sendable {
  /// What to make.
  package enum Output {
    /// The JSON of DESIGN section 6.
    case peaks(any AudioSink)
    /// audiowaveform's JSON.
    case pixelsAsJSON(PixelSettings, any AudioSink)
    /// audiowaveform's `.dat`.
    case pixelsAsData(PixelSettings, any AudioSink)
    case image(WaveformImage, any AudioSink)
  }

  /// Where temporary files go.
  package var scratch: String
  package var limits = MediaLimits()

  package init(scratch: String) { self.scratch = scratch }

  /// Blocks; belongs on a thread of its own.
  ///
  /// - Returns: seconds of audio.
  /// - Throws: `MediaError` if the source is not audio; errors of `source` and of the sinks unchanged.
  @discardableResult
  package func run(
    _ source: any ByteSource, _ outputs: [Output], cancellation: CancellationFlag = CancellationFlag(),
    progress: (Double) -> Void = { _ in }
  ) throws -> Double {
    let input = try AudioInput(source, limits: limits, cancellation: cancellation)
    let reader = try AudioReader(input)
    let makers = try outputs.map { try maker($0, facts: input.facts) }
    while let frame = try reader.next() {
      for maker in makers { try maker.take(frame) }
      progress(reader.position)
    }
    let duration = Double(reader.samples) / Double(input.facts.sampleRate)
    for maker in makers { try maker.finish(duration: duration) }
    return duration
  }

  private func maker(_ output: Output, facts: AudioFacts) throws -> any WaveformMaker {
    switch output {
    case .peaks(let sink): PeakMaker(document: PeakDocument(sink))
    case .pixelsAsJSON(let settings, let sink):
      try PixelMaker(settings, facts: facts, scratch: scratch) { try $0.writeJSON(to: sink) }
    case .pixelsAsData(let settings, let sink):
      try PixelMaker(settings, facts: facts, scratch: scratch) { try $0.writeData(to: sink) }
    case .image(let image, let sink): ImageMaker(image, sink)
    }
  }
}

/// One document in the making.
private protocol WaveformMaker: AnyObject {
  func take(_ frame: Frame) throws
  func finish(duration: Double) throws
}

/// Samples as the seed measures them: one channel of 16,000 a second.
private final class PeakSource {
  private let converter = SampleConverter(
    to: SampleLayout(format: AV_SAMPLE_FMT_FLT, rate: PeakDocument.sampleRate, channels: .usual(1)))
  private var meter = PeakMeter(window: PeakDocument.sampleRate / PeakDocument.peaksPerSecond)

  func take(_ frame: Frame?, _ emit: (Float) throws -> Void) throws {
    try converter.convert(frame) { planes, count in
      try planes[0]!.withMemoryRebound(to: Float.self, capacity: count) {
        try meter.add(UnsafeBufferPointer(start: $0, count: count), emit)
      }
    }
    if frame == nil { try meter.finish(emit) }
  }
}

private final class PeakMaker: WaveformMaker {
  private let document: PeakDocument
  private let source = PeakSource()

  init(document: PeakDocument) { self.document = document }

  func take(_ frame: Frame) throws { try source.take(frame, document.add) }

  func finish(duration: Double) throws {
    try source.take(nil, document.add)
    try document.finish(duration: duration)
  }
}

private final class PixelMaker: WaveformMaker {
  private let converter: SampleConverter
  private var meter: PixelMeter
  private let file: PixelFile
  private let write: (PixelFile) throws -> Void

  init(_ settings: PixelSettings, facts: AudioFacts, scratch: String, write: @escaping (PixelFile) throws -> Void)
    throws
  {
    converter = SampleConverter(
      to: SampleLayout(format: AV_SAMPLE_FMT_S16, rate: facts.sampleRate, channels: facts.layout))
    meter = PixelMeter(
      samplesPerPixel: try settings.samplesPerPixel(rate: facts.sampleRate), channels: facts.channels,
      splitsChannels: settings.splitsChannels)
    file = try PixelFile(
      settings, sampleRate: facts.sampleRate, samplesPerPixel: meter.samplesPerPixel, channels: meter.outputChannels,
      scratch: scratch)
    self.write = write
  }

  func take(_ frame: Frame) throws { try convert(frame) }

  func finish(duration: Double) throws {
    try convert(nil)
    try meter.finish(file.add)
    try write(file)
  }

  private func convert(_ frame: Frame?) throws {
    try converter.convert(frame) { planes, count in
      try planes[0]!.withMemoryRebound(to: Int16.self, capacity: count * meter.channels) {
        try meter.add($0, count, file.add)
      }
    }
  }
}

private final class ImageMaker: WaveformMaker {
  private let image: WaveformImage
  private let sink: any AudioSink
  private let source = PeakSource()
  private var peaks: [Float] = []
  /// Peaks that one stored value stands for: doubled as they become many.
  private var share = 1
  private var waiting: (count: Int, peak: Float) = (0, 0)

  init(_ image: WaveformImage, _ sink: any AudioSink) {
    self.image = image
    self.sink = sink
  }

  func take(_ frame: Frame) throws { try source.take(frame, add) }

  func finish(duration: Double) throws {
    try source.take(nil, add)
    if waiting.count > 0 { peaks.append(waiting.peak) }
    try sink.write(image.png(peaks))
  }

  private func add(_ peak: Float) {
    waiting = (waiting.count + 1, max(waiting.peak, peak))
    guard waiting.count == share else { return }
    peaks.append(waiting.peak)
    waiting = (0, 0)
    if peaks.count == 1 << 16 {
      peaks = stride(from: 0, to: peaks.count, by: 2).map { max(peaks[$0], peaks[$0 + 1]) }
      share *= 2
    }
  }
}
