package import Images
import CLibAV
package import LibAV

/// Planes of an HDR picture to SDR's RGB at the same size, with all of their bits.
package enum ToneMappedConverter {
  package static func convert(_ frame: Frame, layout: PlaneLayout, matrix: YUVMatrix, mapper: ToneMapper) -> RGBImage {
    let picture = RGBImage(width: frame.width, height: frame.height)
    let planes = (0..<3).map { UnsafeRawPointer(zt_plane(frame.raw, Int32(layout.hasChroma ? $0 : 0))!) }
    let strides = (0..<3).map { Int(zt_stride(frame.raw, Int32(layout.hasChroma ? $0 : 0))) }
    let unit = 1 / Float(1 << (layout.depth - 8))
    let isWide = layout.depth > 8
    @inline(__always) func sample(_ row: UnsafeRawPointer, _ x: Int) -> Float {
      isWide
        ? Float(row.load(fromByteOffset: 2 * x, as: UInt16.self)) * unit
        : Float(row.load(fromByteOffset: x, as: UInt8.self))
    }
    for y in 0..<picture.height {
      let luma = planes[0] + y * strides[0]
      let u = planes[1] + (y >> layout.chromaShiftY) * strides[1]
      let v = planes[2] + (y >> layout.chromaShiftY) * strides[2]
      var out = picture.pixels + y * picture.stride
      for x in 0..<picture.width {
        let light = (sample(luma, x) - matrix.lumaOffset) * matrix.lumaScale
        let cb = layout.hasChroma ? sample(u, x >> layout.chromaShiftX) - 128 : 0
        let cr = layout.hasChroma ? sample(v, x >> layout.chromaShiftX) - 128 : 0
        let coded = SIMD4(
          light + cr * matrix.redOfV, light + cb * matrix.greenOfU + cr * matrix.greenOfV, light + cb * matrix.blueOfU,
          0)
        let mapped = mapper.map(coded / 255) + 0.5
        out[0] = UInt8(mapped.x)
        out[1] = UInt8(mapped.y)
        out[2] = UInt8(mapped.z)
        out += 3
      }
    }
    return picture
  }
}
