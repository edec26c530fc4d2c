import CLibAV

/// Y, U and V on the scale of 8 bits to R, G and B, by the picture's own matrix and range (ITU-T H.273 §8.3).
package struct YUVMatrix: Equatable {
  /// Luma weights of red and blue.
  package let red: Double
  package let blue: Double
  package let isFullRange: Bool

  package init(_ colour: FrameColour) {
    (red, blue) =
      switch colour.space {
      case AVCOL_SPC_BT709: (0.2126, 0.0722)
      case AVCOL_SPC_FCC: (0.30, 0.11)
      case AVCOL_SPC_SMPTE240M: (0.212, 0.087)
      case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: (0.2627, 0.0593)
      default: (0.299, 0.114)
      }
    isFullRange = colour.isFullRange
  }

  private var green: Double { 1 - red - blue }
  private var chromaScale: Double { isFullRange ? 1 : 255.0 / 224 }

  var lumaOffset: Float { isFullRange ? 0 : 16 }
  var lumaScale: Float { isFullRange ? 1 : Float(255.0 / 219) }
  /// What V − 128 adds to red, and so on.
  var redOfV: Float { Float(2 * (1 - red) * chromaScale) }
  var blueOfU: Float { Float(2 * (1 - blue) * chromaScale) }
  var greenOfU: Float { Float(-2 * (1 - blue) * blue / green * chromaScale) }
  var greenOfV: Float { Float(-2 * (1 - red) * red / green * chromaScale) }
}
