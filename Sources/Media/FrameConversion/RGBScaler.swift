package import Images
import CLibAV
import CPixels
package import MediaTypes
package import LibAV

/// Decoded pictures to smaller upright RGB ones: straight from planes where the format allows.
package final class RGBScaler {
  private let width: Int
  private let height: Int
  private let orientation: Orientation
  private let kind: ResamplingFilter.Kind
  private let kernels = VectorLevel.chosenKernels
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
    numbers = .allocate(capacity: 3 * width * height + PlaneScaler.room)
    numbers.initialize(repeating: 0, count: 3 * width * height + PlaneScaler.room)
  }

  deinit { numbers.deallocate() }

  package func scale(_ frame: Frame) throws(MediaError) -> RGBImage {
    let colour = FrameColour(frame)
    guard let layout = PlaneLayout(colour.format), colour.space != AVCOL_SPC_RGB else {
      return try fallback.convert(frame, width: width, height: height, orientation: orientation)
    }
    let key = Key(layout: layout, width: frame.width, height: frame.height)
    if planes?.key != key {
      let scalers = (0..<(layout.hasChroma ? 3 : 1)).map { plane in
        PlaneScaler(
          width: layout.width(ofPlane: plane, frame.width), height: layout.height(ofPlane: plane, frame.height),
          outputWidth: width, outputHeight: height, depth: layout.depth, isChroma: plane > 0, kind: kind,
          kernels: kernels)
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
    let picture = RGBImage(width: width, height: height)
    if let mapper = mappers.mapper(for: colour) {
      convert(YUVMatrix(colour), mapper, into: picture.pixels)
    } else {
      convert(YUVMatrix(colour), into: picture.pixels)
    }
    return picture.oriented(orientation)
  }

  private func convert(_ matrix: YUVMatrix, into pixels: UnsafeMutablePointer<UInt8>) {
    let count = width * height
    var numbersOfMatrix = cpixels_matrix(matrix)
    kernels.pointee.convert_to_rgb(
      numbers, numbers + count, numbers + 2 * count, count, &numbersOfMatrix, pixels)
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
}

extension cpixels_matrix {
  fileprivate init(_ matrix: YUVMatrix) {
    self.init(
      luma_offset: matrix.lumaOffset, luma_scale: matrix.lumaScale, red_of_v: matrix.redOfV,
      green_of_u: matrix.greenOfU, green_of_v: matrix.greenOfV, blue_of_u: matrix.blueOfU)
  }
}
