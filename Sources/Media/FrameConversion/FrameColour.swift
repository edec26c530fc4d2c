package import CLibAV
package import LibAV

/// What a decoded picture's numbers mean. What a stream does not say is taken as players take it: limited range, and the
/// matrix by the picture's size.
package struct FrameColour: Equatable {
  package let format: AVPixelFormat
  package let space: AVColorSpace
  package let isFullRange: Bool
  package let primaries: AVColorPrimaries
  package let transfer: AVColorTransferCharacteristic
  package let hasAlpha: Bool

  package init(_ frame: Frame) {
    let raw = frame.raw.pointee
    format = AVPixelFormat(raw.format)
    space = Self.space(raw)
    primaries = raw.color_primaries
    transfer = raw.color_trc
    // The "J" formats are full range by definition, and so is RGB.
    let isJ = [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ411P]
      .contains(format)
    isFullRange = isJ || raw.color_range == AVCOL_RANGE_JPEG
    let flags = av_pix_fmt_desc_get(format)?.pointee.flags ?? 0
    hasAlpha = flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0
  }

  /// Without tags, pictures larger than those of standard definition are BT.709.
  private static func space(_ raw: AVFrame) -> AVColorSpace {
    guard raw.colorspace == AVCOL_SPC_UNSPECIFIED || raw.colorspace == AVCOL_SPC_RESERVED else { return raw.colorspace }
    if raw.color_primaries == AVCOL_PRI_BT2020 { return AVCOL_SPC_BT2020_NCL }
    return raw.width >= 1280 || raw.height > 576 ? AVCOL_SPC_BT709 : raw.colorspace
  }

  var matrixForSwscale: Int32 {
    switch space {
    case AVCOL_SPC_BT709: SWS_CS_ITU709
    case AVCOL_SPC_FCC: SWS_CS_FCC
    case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
    case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
    default: SWS_CS_ITU601
    }
  }

  package var isHDR: Bool { transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67 }
}
