package import CLibAV

/// Planes of Y, U and V (or Y alone) as a decoder leaves them, where they can be read without libswscale: 8 to 16 bits,
/// native byte order, no alpha.
package struct PlaneLayout: Equatable {
  package let depth: Int
  /// Chroma planes have `ceil(size / 2^shift)` samples along each side.
  package let chromaShiftX: Int
  package let chromaShiftY: Int
  package let hasChroma: Bool

  package init?(_ format: AVPixelFormat) {
    guard let description = av_pix_fmt_desc_get(format)?.pointee else { return nil }
    let refused =
      AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_ALPHA
      | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT
    guard description.flags & UInt64(refused) == 0 else { return nil }
    let components = [description.comp.0, description.comp.1, description.comp.2]
    let count = Int(description.nb_components)
    guard count == 1 || count == 3 && description.flags & UInt64(AV_PIX_FMT_FLAG_PLANAR) != 0 else { return nil }
    depth = Int(components[0].depth)
    for (plane, component) in components[..<count].enumerated() {
      guard component.plane == plane, component.shift == 0, component.offset == 0, component.depth == depth,
        component.step == (depth > 8 ? 2 : 1)
      else { return nil }
    }
    guard (8...16).contains(depth) else { return nil }
    hasChroma = count == 3
    chromaShiftX = Int(description.log2_chroma_w)
    chromaShiftY = Int(description.log2_chroma_h)
  }

  package func width(ofPlane plane: Int, _ width: Int) -> Int { plane == 0 ? width : -(-width >> chromaShiftX) }
  package func height(ofPlane plane: Int, _ height: Int) -> Int { plane == 0 ? height : -(-height >> chromaShiftY) }
}
