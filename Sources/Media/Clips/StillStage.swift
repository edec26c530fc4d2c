import FrameConversion
import Images
import CLibAV
import MediaTypes
import LibAV

/// Encodes stills and hands them over, in order.
final class StillStage {
  private let sink: any ClipSink
  private let geometry: FrameGeometry
  private let encoder: JPEGEncoder
  private let converter = RGBConverter()
  /// For stills smaller than the video.
  private let scaler: RGBScaler?
  private let fitting: FittingScaler
  private var mappers = ToneMapperCache()
  private var planes: PlanarImage?
  private(set) var count = 0
  private(set) var bytes = 0

  init(_ settings: StillSettings, geometry: FrameGeometry, sink: any ClipSink) throws(MediaError) {
    self.sink = sink
    self.geometry = geometry
    encoder = try JPEGEncoder(quality: settings.quality)
    let size = settings.size(width: geometry.stillWidth, height: geometry.stillHeight)
    fitting = FittingScaler(width: size.width, height: size.height)
    scaler =
      size.width < geometry.stillWidth
      ? RGBScaler(width: size.width, height: size.height, orientation: geometry.orientation) : nil
  }

  /// - Parameters:
  ///   - own: the picture's geometry; one that is not that of all pictures is fitted in.
  ///   - numbers: the stills that show this picture, from 1.
  func add(_ frame: Frame, _ own: FrameGeometry, numbers: [Int]) throws {
    let jpeg = try own == geometry ? encode(frame) : encoder.encode(fitting.scale(frame, own))
    for number in numbers {
      try sink.still(number: number, jpeg: jpeg)
      count += 1
      bytes += jpeg.count
    }
  }

  private func encode(_ frame: Frame) throws(MediaError) -> [UInt8] {
    if let scaler { return try encoder.encode(try scaler.scale(frame)) }
    let colour = FrameColour(frame)
    let layout = PlaneLayout(colour.format)
    let isSquare = frame.width == geometry.squareWidth && frame.height == geometry.squareHeight
    if let mapper = mappers.mapper(for: colour), let layout, isSquare {
      let picture = ToneMappedConverter.convert(frame, layout: layout, matrix: YUVMatrix(colour), mapper: mapper)
      return try encoder.encode(picture.oriented(geometry.orientation))
    }
    // Straight from planes where nothing has to be scaled or turned.
    if let layout, mappers.mapper(for: colour) == nil, isSquare, layout.hasChroma, layout.chromaShiftX == 1,
      layout.chromaShiftY == 1,
      geometry.orientation == .upright
    {
      let picture = planes ?? PlanarImage(width: frame.width, height: frame.height)
      planes = picture
      PlanarConverter.convert(
        PlanarConverter.Source(frame, depth: layout.depth), JPEGColour(YUVMatrix(colour)), into: picture)
      return try encoder.encode(picture)
    }
    return try encoder.encode(
      try converter.convert(
        frame, width: geometry.squareWidth, height: geometry.squareHeight, orientation: geometry.orientation))
  }
}

extension PlanarConverter.Source {
  fileprivate init(_ frame: Frame, depth: Int) {
    self.init(
      y: UnsafeRawPointer(zt_plane(frame.raw, 0)), u: UnsafeRawPointer(zt_plane(frame.raw, 1)),
      v: UnsafeRawPointer(zt_plane(frame.raw, 2)), lumaStride: Int(zt_stride(frame.raw, 0)),
      chromaStride: Int(zt_stride(frame.raw, 1)), depth: depth)
  }
}
