import FrameConversion
import CLibAV
import LibAV
import MediaTypes

/// What must be done to a decoded picture before it is encoded, as libavfilter's description; pure.
struct FilterChain: Equatable {
  /// What a decoded picture is.
  struct Input: Equatable {
    var width: Int32
    var height: Int32
    var format: Int32
    var primaries: UInt32
    var transfer: UInt32
    var matrix: UInt32
    var isFullRange: Bool
  }

  /// `nil` if the picture can be encoded as it is.
  let description: String?

  init(_ input: Input, to picture: ProxyFrame, geometry: FrameGeometry, isInterlaced: Bool) {
    let orientation = geometry.orientation
    let target = orientation.transposed ? (picture.height, picture.width) : (picture.width, picture.height)
    let isHDR = input.transfer == AVCOL_TRC_SMPTE2084.rawValue || input.transfer == AVCOL_TRC_ARIB_STD_B67.rawValue
    let isWide = input.primaries == AVCOL_PRI_BT2020.rawValue
    let description = av_pix_fmt_desc_get(AVPixelFormat(input.format))?.pointee
    let isRGB = (description?.flags ?? 0) & UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0
    let isReady = input.format == AV_PIX_FMT_YUV420P.rawValue && !input.isFullRange
    var steps: [String] = []
    if isInterlaced { steps.append("bwdif=mode=send_frame:deint=interlaced") }
    if (Int(input.width), Int(input.height)) != target || !isReady && !isHDR && !isWide {
      var scale = "scale=\(target.0):\(target.1):flags=bicubic"
      // Pictures of another shape than the first are fitted in.
      let isOdd = Self.differs(geometry.squareWidth * target.1, geometry.squareHeight * target.0)
      if isOdd { scale = Self.fitted(geometry, into: target) }
      if !isHDR && !isWide {
        scale += ":out_range=tv" + (isRGB ? ":out_color_matrix=bt709" : "")
      }
      steps.append(scale)
      if isOdd { steps.append("pad=\(target.0):\(target.1):(ow-iw)/2:(oh-ih)/2") }
    }
    if isHDR || isWide { steps.append(Self.toneMap(input, isHDR: isHDR)) }
    switch (orientation.transposed, orientation.flippedX, orientation.flippedY) {
    case (false, false, false): break
    case (false, true, false): steps.append("hflip")
    case (false, false, true): steps.append("vflip")
    case (false, true, true): steps.append("hflip,vflip")
    case (true, false, false): steps.append("transpose=cclock_flip")
    case (true, true, false): steps.append("transpose=clock")
    case (true, false, true): steps.append("transpose=cclock")
    case (true, true, true): steps.append("transpose=clock_flip")
    }
    if steps.isEmpty && isReady {
      self.description = nil
    } else {
      self.description = (steps + ["format=yuv420p"]).joined(separator: ",")
    }
  }

  /// More than 2 % apart: not what rounding to whole pixels leaves.
  private static func differs(_ a: Int, _ b: Int) -> Bool { 50 * abs(a - b) > max(a, b) }

  private static func fitted(_ geometry: FrameGeometry, into target: (Int, Int)) -> String {
    let (width, height) = (geometry.squareWidth, geometry.squareHeight)
    let isWider = width * target.1 > height * target.0
    let fitted =
      isWider
      ? (target.0, max(2, target.0 * height / width & ~1)) : (max(2, target.1 * width / height & ~1), target.1)
    return "scale=\(fitted.0):\(fitted.1):flags=bicubic"
  }

  /// HDR and wide gamuts to BT.709: through linear light, Hable's curve for HDR.
  private static func toneMap(_ input: Input, isHDR: Bool) -> String {
    let transfer =
      input.transfer == AVCOL_TRC_SMPTE2084.rawValue
      ? "smpte2084" : input.transfer == AVCOL_TRC_ARIB_STD_B67.rawValue ? "arib-std-b67" : "bt709"
    let primaries = input.primaries == AVCOL_PRI_BT709.rawValue ? "bt709" : "bt2020"
    let matrix =
      input.matrix == AVCOL_SPC_BT709.rawValue
      ? "bt709" : input.matrix == AVCOL_SPC_BT2020_CL.rawValue ? "bt2020c" : "bt2020nc"
    let start = "zscale=tin=\(transfer):pin=\(primaries):min=\(matrix):rin=\(input.isFullRange ? "full" : "limited")"
    let end = "zscale=t=bt709:m=bt709:r=limited"
    return isHDR
      ? "\(start):t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,\(end)"
      : "\(start):t=linear,format=gbrpf32le,zscale=p=bt709,\(end)"
  }
}

extension FilterChain.Input {
  init(_ frame: Frame) {
    let raw = frame.raw.pointee
    let isJ = [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ411P]
      .contains(frame.format)
    self.init(
      width: raw.width, height: raw.height, format: raw.format, primaries: raw.color_primaries.rawValue,
      transfer: raw.color_trc.rawValue, matrix: raw.colorspace.rawValue,
      isFullRange: isJ || raw.color_range == AVCOL_RANGE_JPEG)
  }
}
