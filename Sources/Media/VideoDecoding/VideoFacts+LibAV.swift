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
  package init(_ reader: FrameReader, geometry: FrameGeometry, frame: Frame) {
    let demuxer = reader.container
    let stated = StreamTail.statedLength(demuxer) ?? 0
    self.init(
      demuxer, geometry: geometry, format: frame.format, transfer: frame.raw.pointee.color_trc,
      frameRate: demuxer.frameRate, startTime: reader.startTime, lastFrameTime: stated, length: stated,
      isTruncated: false)
  }

  private init(
    _ demuxer: Demuxer, geometry: FrameGeometry, format: AVPixelFormat, transfer: AVColorTransferCharacteristic,
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
  /// How the stream's pictures are shown.
  package var picture: StatedFrame { StatedFrame(stream, facts) }
  package func geometry(of frame: Frame) -> FrameGeometry { picture.geometry(of: frame) }
  package var statedGeometry: FrameGeometry { picture.geometry }
  package func isAsStated(_ frame: Frame) -> Bool { picture.matches(frame) }
}
