import Core
import FrameConversion
import Images
import LibAV
import MediaTypes

/// Scales the frames that stills show to storyboard tiles, while they are in memory, and hands these over as JPEGs.
final class TileStage {
  private let settings: TileSettings
  private let start: Int
  private let sink: any ClipSink
  private let geometry: FrameGeometry
  private let encoder: JPEGEncoder
  private let scaler: RGBScaler
  private let fitting: FittingScaler
  /// Processor time of this stage so far.
  private(set) var cpuSeconds = 0.0

  /// On libjpeg's scale. Tiles are decoded, made smaller and encoded once more, so little may get lost here.
  private static let quality = 95

  /// - Parameters:
  ///   - start: the clip's first second.
  ///   - stills: pixels of the stills.
  init(
    _ settings: TileSettings, start: Int, stills: (width: Int, height: Int), geometry: FrameGeometry,
    sink: any ClipSink
  ) throws(MediaError) {
    self.settings = settings
    self.start = start
    self.sink = sink
    self.geometry = geometry
    encoder = try JPEGEncoder(quality: Self.quality)
    let size = TileSettings.size(width: settings.width, stillWidth: stills.width, stillHeight: stills.height)
    scaler = RGBScaler(width: size.width, height: size.height, orientation: geometry.orientation, areaMean: true)
    fitting = FittingScaler(width: size.width, height: size.height, areaMean: true)
  }

  /// - Parameters:
  ///   - own: the frame's geometry, as for stills.
  ///   - numbers: the stills that show this frame, from 1; those between two tiles are passed over.
  func add(_ frame: Frame, _ own: FrameGeometry, numbers: [Int]) throws {
    let due = numbers.filter { (start + $0 - 1).isMultiple(of: settings.interval) }
    guard !due.isEmpty else { return }
    let began = ProcessorTime.ofThread
    let tile = try own == geometry ? scaler.scale(frame) : fitting.scale(frame, own)
    let jpeg = try encoder.encode(tile, keepsColours: true)
    cpuSeconds += ProcessorTime.ofThread - began
    for number in due { try sink.tile(number: number, jpeg: jpeg) }
  }
}
