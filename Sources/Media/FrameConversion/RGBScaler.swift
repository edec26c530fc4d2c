import CLibAV
package import MediaTypes
package import LibAV

/// Decoded pictures to smaller upright RGB ones: straight from planes where the format allows.
package final class RGBScaler {
  private let width: Int
  private let height: Int
  private let orientation: Orientation
  private let kind: ResamplingFilter.Kind
  private let fallback = RGBConverter()
  private var mappers = ToneMapperCache()
  private var planes: (key: Key, scalers: [PlaneScaler])?
  private let numbers: UnsafeMutablePointer<Float>

  private struct Key: Equatable {
    var layout: PlaneLayout
    var width: Int
    var height: Int
  }

  /// - Parameters:
  ///   - width: pixels of the upright picture, as `height`.
  ///   - areaMean: each pixel is the mean of the area that it covers, instead of Lanczos' sharper one. Default false.
  package init(width: Int, height: Int, orientation: Orientation, areaMean: Bool = false) {
    kind = areaMean ? .area : .lanczos
    (self.width, self.height) = orientation.transposed ? (height, width) : (width, height)
    self.orientation = orientation
    numbers = .allocate(capacity: 3 * width * height + 16)
    numbers.initialize(repeating: 0, count: 3 * width * height + 16)
  }

  deinit { numbers.deallocate() }

  package func scale(_ frame: Frame) throws(MediaError) -> RGBPicture {
    let colour = FrameColour(frame)
    guard let layout = PlaneLayout(colour.format), colour.space != AVCOL_SPC_RGB else {
      return try fallback.convert(frame, width: width, height: height, orientation: orientation)
    }
    let key = Key(layout: layout, width: frame.width, height: frame.height)
    if planes?.key != key {
      let scalers = (0..<(layout.hasChroma ? 3 : 1)).map { plane in
        PlaneScaler(
          width: layout.width(ofPlane: plane, frame.width), height: layout.height(ofPlane: plane, frame.height),
          outputWidth: width, outputHeight: height, depth: layout.depth, isChroma: plane > 0, kind: kind)
      }
      planes = (key, scalers)
    }
    let count = width * height
    for (plane, scaler) in planes!.scalers.enumerated() {
      scaler.scale(
        zt_plane(frame.raw, Int32(plane)), stride: Int(zt_stride(frame.raw, Int32(plane))),
        into: numbers + plane * count)
    }
    if !layout.hasChroma { (numbers + count).update(repeating: 128, count: 2 * count) }
    let picture = RGBPicture(width: width, height: height)
    if let mapper = mappers.mapper(for: colour) {
      convert(YUVMatrix(colour), mapper, into: picture.pixels)
    } else {
      convert(YUVMatrix(colour), into: picture.pixels)
    }
    return picture.oriented(orientation)
  }

  private func convert(_ matrix: YUVMatrix, into pixels: UnsafeMutablePointer<UInt8>) {
    let count = width * height
    let luma = UnsafeRawPointer(numbers)
    let (u, v) = (luma + 4 * count, luma + 8 * count)
    let (offset, scale) = (matrix.lumaOffset, matrix.lumaScale)
    let (rv, gu, gv, bu) = (matrix.redOfV, matrix.greenOfU, matrix.greenOfV, matrix.blueOfU)
    var out = UnsafeMutableRawPointer(pixels)
    var index = 0
    while index < count {
      let y = (luma.loadUnaligned(fromByteOffset: 4 * index, as: SIMD4<Float>.self) - offset) * scale
      let cb = u.loadUnaligned(fromByteOffset: 4 * index, as: SIMD4<Float>.self) - 128
      let cr = v.loadUnaligned(fromByteOffset: 4 * index, as: SIMD4<Float>.self) - 128
      let pixel = Self.byte(y + cr * rv) | Self.byte(y + cb * gu + cr * gv) &<< 8 | Self.byte(y + cb * bu) &<< 16
      // Four bytes are written, three of them kept; the picture has room behind its end.
      out.storeBytes(of: pixel.x, as: UInt32.self)
      out.storeBytes(of: pixel.y, toByteOffset: 3, as: UInt32.self)
      out.storeBytes(of: pixel.z, toByteOffset: 6, as: UInt32.self)
      out.storeBytes(of: pixel.w, toByteOffset: 9, as: UInt32.self)
      out += 12
      index += 4
    }
  }

  private func convert(_ matrix: YUVMatrix, _ mapper: ToneMapper, into pixels: UnsafeMutablePointer<UInt8>) {
    let count = width * height
    for index in 0..<count {
      let y = (numbers[index] - matrix.lumaOffset) * matrix.lumaScale
      let (cb, cr) = (numbers[count + index] - 128, numbers[2 * count + index] - 128)
      let coded = SIMD4(
        y + cr * matrix.redOfV, y + cb * matrix.greenOfU + cr * matrix.greenOfV, y + cb * matrix.blueOfU, 0)
      let mapped = mapper.map(coded / 255) + 0.5
      for channel in 0..<3 { pixels[3 * index + channel] = UInt8(mapped[channel]) }
    }
  }

  /// Rounded and limited to 0 ... 255. Adding 2^23 leaves the rounded number in a float's last bits.
  @inline(__always)
  private static func byte(_ value: SIMD4<Float>) -> SIMD4<UInt32> {
    let white = SIMD4<Float>(repeating: 255)
    let limited = value.replacing(with: Float(0), where: value .< 0).replacing(with: white, where: value .> white)
    return unsafeBitCast(limited + 8_388_608, to: SIMD4<UInt32>.self) & 0xff
  }
}
