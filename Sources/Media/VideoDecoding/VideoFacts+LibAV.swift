package import Demuxing
package import FrameConversion
import CLibAV
import MediaTypes
package import LibAV

extension VideoFacts {
  /// - Parameter picture: the first one that can be decoded; what the container states counts without one.
  package init(
    _ demuxer: Demuxer, picture: Frame?, frameRate: Double, startTime: Double, lastFrameTime: Double, length: Double,
    isTruncated: Bool
  ) {
    let parameters = demuxer.stream.pointee.codecpar.pointee
    self.init(
      demuxer, geometry: picture.map(demuxer.geometry(of:)) ?? demuxer.statedGeometry,
      format: picture?.format ?? AVPixelFormat(parameters.format),
      transfer: picture?.raw.pointee.color_trc ?? parameters.color_trc, frameRate: frameRate, startTime: startTime,
      lastFrameTime: lastFrameTime, length: length, isTruncated: isTruncated)
  }

  /// While rendering, the stream's end is not looked for: lengths are what the container states, 0 where nothing.
  package init(_ reader: PictureReader, geometry: PictureGeometry, frame: Frame) {
    let demuxer = reader.container
    let stated = StreamTail.statedLength(demuxer) ?? 0
    self.init(
      demuxer, geometry: geometry, format: frame.format, transfer: frame.raw.pointee.color_trc,
      frameRate: demuxer.frameRate, startTime: reader.startTime, lastFrameTime: stated, length: stated,
      isTruncated: false)
  }

  private init(
    _ demuxer: Demuxer, geometry: PictureGeometry, format: AVPixelFormat, transfer: AVColorTransferCharacteristic,
    frameRate: Double, startTime: Double, lastFrameTime: Double, length: Double, isTruncated: Bool
  ) {
    let parameters = demuxer.stream.pointee.codecpar.pointee
    self.init(
      container: demuxer.formatName,
      codec: String(cString: avcodec_get_name(parameters.codec_id)),
      codedWidth: geometry.codedWidth,
      codedHeight: geometry.codedHeight,
      width: geometry.stillWidth,
      height: geometry.stillHeight,
      rotation: geometry.orientation.rotation,
      isMirrored: geometry.orientation.isMirrored,
      frameRate: frameRate,
      length: length,
      lastFrameTime: lastFrameTime,
      startTime: startTime,
      isTruncated: isTruncated,
      pixelFormat: av_get_pix_fmt_name(format).map { String(cString: $0) } ?? "unknown",
      transfer: av_color_transfer_name(transfer).map { String(cString: $0) } ?? "unknown",
      isHDR: transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67)
  }
}

extension Demuxer {
  /// The sizes of a decoded picture. The container's word on its orientation and the shape of its pixels counts before the
  /// codec's, if it was meant for pictures of this size.
  package func geometry(of frame: Frame) -> PictureGeometry {
    let parameters = stream.pointee.codecpar.pointee
    let isStated = frame.width == shownWidth && frame.height == shownHeight
    let (stated, own) = (statedAspect, frame.raw.pointee.sample_aspect_ratio)
    let isOwn = own.num > 0 && own.den > 0
    let aspect = stated.num > 0 && stated.den > 0 && (isStated || !isOwn || parameters.width <= 0) ? stated : own
    return PictureGeometry(
      codedWidth: frame.width, codedHeight: frame.height, sampleAspect: aspect,
      orientation: Orientation(matrix: zt_display_matrix(stream) ?? zt_frame_matrix(frame.raw)))
  }

  /// The sizes that the container states.
  package var statedGeometry: PictureGeometry {
    PictureGeometry(
      codedWidth: shownWidth, codedHeight: shownHeight, sampleAspect: statedAspect,
      orientation: Orientation(matrix: zt_display_matrix(stream)))
  }

  private var statedAspect: AVRational {
    if let (numerator, denominator) = facts.sampleAspect {
      return AVRational(num: Int32(clamping: numerator), den: Int32(clamping: denominator))
    }
    let stated = stream.pointee.sample_aspect_ratio
    return stated.num > 0 && stated.den > 0 ? stated : stream.pointee.codecpar.pointee.sample_aspect_ratio
  }

  /// Pixels as coded, less what the container cuts off.
  private var shownWidth: Int {
    let width = Int(stream.pointee.codecpar.pointee.width)
    guard let crop = facts.crop, crop.width == width else { return width }
    return width - crop.left - crop.right
  }

  private var shownHeight: Int {
    let height = Int(stream.pointee.codecpar.pointee.height)
    guard let crop = facts.crop, crop.height == height else { return height }
    return height - crop.top - crop.bottom
  }

  /// Whether a picture has the size that the container states.
  package func isAsStated(_ frame: Frame) -> Bool { frame.width == shownWidth && frame.height == shownHeight }
}
