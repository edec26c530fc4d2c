import FrameConversion
import GIF
import MediaTypes
import LibAV

/// Downscales pictures as they come and makes the animation of them at the end.
final class GIFStage {
  private let sink: any ClipSink
  private let encoder: GIFEncoder
  private let scaler: RGBScaler
  private let geometry: FrameGeometry
  private let fitting: FittingScaler

  init(_ settings: GIFSettings, geometry: FrameGeometry, sink: any ClipSink) {
    self.sink = sink
    encoder = GIFEncoder(settings, height: geometry.gifHeight(width: settings.width))
    self.geometry = geometry
    fitting = FittingScaler(width: encoder.width, height: encoder.height)
    scaler = RGBScaler(width: encoder.width, height: encoder.height, orientation: geometry.orientation)
  }

  func add(_ frame: Frame, _ own: FrameGeometry, repeats: Int) throws {
    encoder.add(try own == geometry ? scaler.scale(frame) : fitting.scale(frame, own), repeats: repeats)
  }

  /// - Returns: what was handed to the sink; `nil` without a picture, or if it was cancelled.
  func finish(isCancelled: @escaping @Sendable () -> Bool) throws -> GIFEncoder.File? {
    guard !encoder.isEmpty, let file = try encoder.finish(isCancelled: isCancelled) else { return nil }
    try sink.gif(file.bytes)
    return file
  }
}
