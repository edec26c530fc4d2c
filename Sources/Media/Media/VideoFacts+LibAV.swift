import CLibAV
import MediaTypes
import LibAV

extension VideoFacts {
  init(_ demuxer: Demuxer, startTime: Double, lastFrameTime: Double, length: Double, isTruncated: Bool) {
    let parameters = demuxer.stream.pointee.codecpar.pointee
    self.init(
      demuxer,
      geometry: demuxer.geometry(
        width: Int(parameters.width), height: Int(parameters.height), sampleAspect: parameters.sample_aspect_ratio),
      format: AVPixelFormat(parameters.format), transfer: parameters.color_trc, startTime: startTime,
      lastFrameTime: lastFrameTime, length: length, isTruncated: isTruncated)
  }

  /// While rendering, the stream's end is not looked for: lengths are what the container states, 0 where nothing.
  init(_ reader: PictureReader, geometry: PictureGeometry, frame: Frame) {
    let demuxer = reader.container
    let stated = StreamTail.statedLength(demuxer) ?? 0
    self.init(
      demuxer, geometry: geometry, format: frame.format, transfer: frame.raw.pointee.color_trc,
      startTime: reader.startTime, lastFrameTime: stated, length: stated, isTruncated: false)
  }

  private init(
    _ demuxer: Demuxer, geometry: PictureGeometry, format: AVPixelFormat, transfer: AVColorTransferCharacteristic,
    startTime: Double, lastFrameTime: Double, length: Double, isTruncated: Bool
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
      frameRate: demuxer.frameRate,
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
  /// The container's word on the shape of pixels counts before the codec's.
  func geometry(width: Int, height: Int, sampleAspect: AVRational) -> PictureGeometry {
    let stated = stream.pointee.sample_aspect_ratio
    return PictureGeometry(
      codedWidth: width, codedHeight: height,
      sampleAspect: stated.num > 0 && stated.den > 0 ? stated : sampleAspect,
      orientation: Orientation(matrix: zt_display_matrix(stream)))
  }
}
