package import Animations
package import Conversions
package import Core
package import MediaTypes
package import RemoteFetch

/// One conversion from its source to the last byte of the GIF.
package struct Converter: Sendable {
  package struct Configuration: Sendable {
    /// Bytes that are fetched for one conversion. Default 256 MiB.
    package var maximumSourceBytes: Int64 = 256 << 20
    /// Seconds that a conversion may take. Default 120.
    package var maximumSeconds = 120.0
    /// Seconds of video. Default 600.
    package var maximumLength = 600.0
    /// Pixels of a coded picture. Default 4096 × 4096.
    package var maximumPixels = 4096 * 4096
    /// Threads that decode and code at the same time. Default 1.
    package var threads = 1
    /// For scratch storage. Default `/tmp`.
    package var folder = "/tmp"

    package init() {}
  }

  private let configuration: Configuration

  package init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// Fetches and converts; blocks, so it belongs on a thread of one's own.
  ///
  /// - Parameters:
  ///   - output: takes the GIF in pieces, in order; throwing ends the work.
  ///   - fetched: told how many bytes of the source have come, at the end, whether it failed or not.
  /// - Throws: `RemoteFetchError`, `MediaError`, `ConversionError`; errors of `output` unchanged.
  package func convert(
    _ parameters: ConversionParameters, fetcher: RemoteFetcher, cancellation: CancellationFlag = CancellationFlag(),
    progress: @escaping @Sendable (Double) -> Void = { _ in }, fetched: (Int64) -> Void = { _ in },
    output: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws -> AnimationConverter.Result {
    let budget = RemoteBudget(
      maximumBytes: configuration.maximumSourceBytes, seconds: configuration.maximumSeconds)
    defer { fetched(budget.bytes) }
    let parts = try SourceParts(
      parameters, fetcher: fetcher, budget: budget, folder: configuration.folder,
      maximumLength: configuration.maximumLength)
    return try convert(
      AnimationSettings(parameters), parts: parts, cancellation: cancellation, progress: progress, output: output)
  }

  /// The same for a video in the object store.
  package func convert(
    _ parameters: ConversionParameters, stored source: any ByteSource,
    cancellation: CancellationFlag = CancellationFlag(), output: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws -> AnimationConverter.Result {
    try convert(
      AnimationSettings(parameters), parts: SourceParts(stored: source), cancellation: cancellation, output: output)
  }

  /// The same from parts that are open already.
  package func convert(
    _ settings: AnimationSettings, parts: SourceParts, cancellation: CancellationFlag = CancellationFlag(),
    progress: @escaping @Sendable (Double) -> Void = { _ in }, output: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws -> AnimationConverter.Result {
    var limits = MediaLimits()
    limits.maximumLength = configuration.maximumLength
    limits.maximumArea = configuration.maximumPixels
    var parts = parts
    return try AnimationConverter.convert(
      settings, parts: { try parts.next() }, threads: configuration.threads, limits: limits,
      cancellation: cancellation, progress: progress, output: output)
  }
}

extension AnimationSettings {
  /// A GIF cannot have more than 50 frames per second, or less than 2 pixels.
  package init(_ parameters: ConversionParameters) {
    self.init(
      box: min(max(2, parameters.outputSize), AnimationSettings.boxes.upperBound),
      framesPerSecond: min(parameters.frameRate, AnimationSettings.frameRates.upperBound),
      colours: parameters.colours, start: parameters.start, duration: parameters.duration)
  }
}
