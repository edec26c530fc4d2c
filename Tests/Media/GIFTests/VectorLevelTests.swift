import CPixels
import FrameConversion
import Images
import GIF
import MediaTypes
import Testing

/// Pictures that look random and are the same in every run: noise over a slope, of which a part does not change.
private func picture(width: Int, height: Int, number: Int) -> RGBImage {
  let picture = RGBImage(width: width, height: height)
  var state = UInt64(number) &* 2_654_435_761 &+ 1
  for index in 0..<3 * width * height {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let isStill = index % (3 * width) < width
    let noise = isStill ? 0 : Int(state >> 33 % 48)
    picture.pixels[index] = UInt8(truncatingIfNeeded: min(255, index % 3 * 60 + index / (3 * width) + noise))
  }
  return picture
}

@Suite("Vector instructions in GIFs")
struct VectorLevelTests {
  private let levels = VectorLevel.allCases.compactMap(\.kernels)

  @Test("colours are counted and palettes made the same at every level")
  func palettes() {
    let palettes = levels.map { kernels in
      let histogram = ColourHistogram(kernels: kernels)
      for number in 0..<3 { histogram.add(picture(width: 101, height: 67, number: number), weight: UInt32(1 + number)) }
      return PaletteMaker.palette(of: histogram.entries(), colours: 255, kernels: kernels)
    }
    #expect(palettes[0].colours.count > 100)
    for palette in palettes { #expect(palette == palettes[0]) }
  }

  @Test("every cell's colour is the nearest one, at every level")
  func nearest() {
    let colours = (0..<255).map { SIMD3<UInt8>(truncatingIfNeeded: SIMD3($0 &* 37, $0 &* 91 / 3, $0 &* 59 &+ 7)) }
    let maps = levels.map { InverseColourMap(Palette(colours: colours), kernels: $0) }
    for cell in stride(from: 0, to: 1 << 21, by: 1009) {
      let colour = SIMD4(Int16(cell >> 14), Int16(cell >> 7 & 127), Int16(cell & 127), 0) &* 2
      let middle = SIMD3<Int>(Int(colour.x), Int(colour.y), Int(colour.z)) &* 2 &+ 1
      let distances = colours.map { entry in
        let d = SIMD3<Int>(truncatingIfNeeded: entry) &* 2 &- middle
        return (d &* d).wrappedSum()
      }
      let expected = distances.firstIndex(of: distances.min()!)!
      for map in maps { #expect(Int(map.nearest(colour)) == expected, "cell \(cell)") }
    }
  }

  @Test(
    "dithered pictures are the same at every level",
    arguments: [(1, 1), (2, 9), (3, 5), (6, 8), (7, 8), (8, 7), (33, 31), (240, 70)])
  func dithered(width: Int, height: Int) {
    let pictures = (0..<3).map { picture(width: width, height: height, number: $0) }
    let histogram = ColourHistogram()
    for picture in pictures { histogram.add(picture, weight: 1) }
    let palette = PaletteMaker.palette(of: histogram, colours: 63)
    for kind in [GIFSettings.Dither.sierra2_4a, .bayer, .none] {
      let outputs = levels.map { kernels in
        let ditherer = Ditherer(
          width: width, rows: 0..<height, palette: palette, map: InverseColourMap(palette, kernels: kernels),
          dither: kind, tolerance: 2, kernels: kernels)
        let result = IndexedImage(width: width, height: height)
        return pictures.flatMap { picture in
          ditherer.dither(picture, into: result)
          let count = width * height
          return Array(UnsafeBufferPointer(start: result.indices, count: count))
            + Array(UnsafeBufferPointer(start: result.unchanged, count: count))
        }
      }
      for output in outputs { #expect(output == outputs[0], "\(kind)") }
      #expect(outputs[0].allSatisfy { Int($0) < palette.colours.count })
    }
  }

  @Test(
    "rows that are dithered together are what one row after the other is, at every level",
    arguments: [(1, 1), (1, 9), (2, 3), (3, 20), (13, 8), (14, 16), (15, 17), (23, 11), (64, 33)])
  func diffusion(width: Int, height: Int) {
    let pictures = (5..<8).map { picture(width: width, height: height, number: $0) }
    let palette = Palette(colours: [SIMD3(0, 0, 0), SIMD3(90, 120, 80), SIMD3(160, 160, 200), SIMD3(255, 255, 255)])
    let map = InverseColourMap(palette)
    for tolerance in [0, 9] {
      var plain = PlainDitherer(width: width, height: height, palette: palette, map: map, tolerance: tolerance)
      let expected = pictures.map { plain.dither($0) }
      for kernels in levels {
        let ditherer = Ditherer(
          width: width, rows: 0..<height, palette: palette, map: map, dither: .sierra2_4a, tolerance: tolerance,
          kernels: kernels)
        let result = IndexedImage(width: width, height: height)
        for (number, picture) in pictures.enumerated() {
          ditherer.dither(picture, into: result)
          let count = width * height
          #expect(Array(UnsafeBufferPointer(start: result.indices, count: count)) == expected[number].indices)
          #expect(Array(UnsafeBufferPointer(start: result.unchanged, count: count)) == expected[number].unchanged)
        }
      }
    }
  }

  @Test("every pixel is counted, as often as its picture is shown", arguments: [1, 2, 3, 4, 5, 101 * 67])
  func counts(width: Int) {
    for kernels in levels {
      let histogram = ColourHistogram(kernels: kernels)
      let (first, second) = (picture(width: width, height: 1, number: 1), picture(width: width, height: 1, number: 2))
      histogram.add(first, weight: 2)
      histogram.add(second, weight: 700)
      let entries = histogram.entries()
      #expect(entries.reduce(0) { $0 + Int($1.count) } == 702 * width)
      for channel in 0..<3 {
        func sum(_ picture: RGBImage) -> Double {
          (0..<width).reduce(0) { $0 + Double(picture.pixels[3 * $1 + channel]) }
        }
        let mean = (2 * sum(first) + 700 * sum(second)) / Double(702 * width)
        let found = entries.reduce(0) { $0 + Double($1.colour[channel]) * Double($1.count) } / Double(702 * width)
        #expect(abs(found - mean) < 1)
      }
    }
  }
}

/// Error diffusion in plain words: pixel after pixel.
private struct PlainDitherer {
  let width: Int
  let height: Int
  let palette: Palette
  let map: InverseColourMap
  let tolerance: Int
  private var drawn: [SIMD4<Int16>?]
  private var indices: [UInt8]
  private var isFirst = true

  init(width: Int, height: Int, palette: Palette, map: InverseColourMap, tolerance: Int) {
    (self.width, self.height, self.palette, self.map, self.tolerance) = (width, height, palette, map, tolerance)
    drawn = Array(repeating: nil, count: width * height)
    indices = Array(repeating: 0, count: width * height)
  }

  mutating func dither(_ picture: RGBImage) -> (indices: [UInt8], unchanged: [UInt8]) {
    var unchanged: [UInt8] = []
    // Column x has errors[x + 1], so that the first pixel has somewhere to put its lower left share.
    var errors = [SIMD4<Int16>](repeating: .zero, count: width + 1)
    for y in 0..<height {
      var right = SIMD4<Int16>.zero
      for x in 0..<width {
        let position = y * width + x
        let pixel = picture.pixels + 3 * position
        let colour = SIMD4(Int16(pixel[0]), Int16(pixel[1]), Int16(pixel[2]), 0)
        let share = (errors[x + 1] &+ right &+ 2) &>> 2
        let wanted = (colour &+ share).clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 255))
        let before = indices[position]
        let stays = drawn[position].map { former in
          (0..<3).allSatisfy { abs(Int(colour[$0] - former[$0])) <= tolerance }
        }
        if stays != true {
          drawn[position] = colour
          indices[position] = map.nearest(wanted)
        }
        unchanged.append(!isFirst && indices[position] == before ? 1 : 0)
        let chosen = palette.colours[Int(indices[position])]
        let shown = SIMD4(Int16(chosen.x), Int16(chosen.y), Int16(chosen.z), 0)
        let error = ((wanted &- shown) &* 7 &+ 8) &>> 4
        right = error &<< 1
        errors[x] &+= error
        errors[x + 1] = error
      }
    }
    isFirst = false
    return (indices, unchanged)
  }
}
