package import CLibAV
package import MediaTypes
package import LibAV

/// libswscale: brings any pixel format of any size to packed RGB, for the formats that have no path of their own.
package final class Scaler {
  private var context: OpaquePointer?
  private var key: Key?

  private struct Key: Equatable {
    var width: Int32
    var height: Int32
    var format: Int32
    var colourSpace: UInt32
    var isFullRange: Bool
    var outWidth: Int
    var outHeight: Int
    var outFormat: Int32
  }

  package init() {}

  deinit { sws_freeContext(context) }

  /// - Parameters:
  ///   - output: packed rows, `stride` bytes apart, with room for a few bytes behind the last one.
  ///   - format: `AV_PIX_FMT_RGB24` or `AV_PIX_FMT_RGBA`.
  package func scale(
    _ frame: Frame, width: Int, height: Int, format: AVPixelFormat, into output: UnsafeMutablePointer<UInt8>,
    stride: Int
  ) throws(MediaError) {
    let raw = frame.raw
    let wanted = Key(
      width: raw.pointee.width, height: raw.pointee.height, format: raw.pointee.format,
      colourSpace: raw.pointee.colorspace.rawValue, isFullRange: FrameColour(frame).isFullRange, outWidth: width,
      outHeight: height, outFormat: format.rawValue)
    if key != wanted { try prepare(wanted, FrameColour(frame)) }
    let source: [UnsafePointer<UInt8>?] = (0..<4).map { UnsafePointer(zt_plane(raw, $0)) }
    let strides: [Int32] = (0..<4).map { zt_stride(raw, $0) }
    let planes: [UnsafeMutablePointer<UInt8>?] = [output, nil, nil, nil]
    let rows = sws_scale(context, source, strides, 0, raw.pointee.height, planes, [Int32(stride), 0, 0, 0])
    if rows <= 0 { throw MediaError(.encodeFailed, "a picture cannot be scaled to \(width)x\(height)") }
  }

  private func prepare(_ wanted: Key, _ colour: FrameColour) throws(MediaError) {
    sws_freeContext(context)
    key = nil
    let flags = SWS_LANCZOS | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP
    context = sws_getContext(
      wanted.width, wanted.height, AVPixelFormat(wanted.format), Int32(wanted.outWidth), Int32(wanted.outHeight),
      AVPixelFormat(wanted.outFormat), flags, nil, nil, nil)
    guard context != nil else {
      let name = av_get_pix_fmt_name(AVPixelFormat(wanted.format)).map { String(cString: $0) } ?? "unknown"
      throw MediaError(
        .unsupportedCodec, "pictures of pixel format '\(name)' and \(wanted.width)x\(wanted.height) cannot be converted"
      )
    }
    let coefficients = sws_getCoefficients(colour.matrixForSwscale)
    let unity: Int32 = 1 << 16
    sws_setColorspaceDetails(context, coefficients, wanted.isFullRange ? 1 : 0, coefficients, 1, 0, unity, unity)
    key = wanted
  }
}
