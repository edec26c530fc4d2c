import Images
import GIF

/// Which palette the next picture gets: the one before, as long as it serves.
final class PaletteWatch {
  /// The colours are looked at in one pixel of so many.
  private static let sampling = 4
  /// The error of a picture that comes from another scene, relative to those that the palette was made of.
  private static let cut: Float = 1.6
  /// The error from which on another palette is tried, likewise, and the pictures that must lie between two tries.
  private static let drift: Float = 1.12
  private static let minimumAge = 8
  /// What a palette must be worth: its error relative to that of the one before.
  private static let worth: Float = 0.93

  private let colours: Int
  private let histogram: CellHistogram
  private(set) var palette = Palette(colours: [.zero])
  private(set) var map = InverseColourMap(Palette(colours: [.zero]))
  private(set) var made = 0
  /// The mean squared error of the pictures that the palette was made of.
  private(set) var usual: Float = 0
  private var age = 0

  /// - Parameter colours: of a palette, without the entry for transparency.
  init(colours: Int) {
    self.colours = colours
    histogram = CellHistogram(bits: colours > 64 ? 6 : 5)
  }

  /// - Parameter pictures: the next one, and what follows it as far as it is known.
  /// - Returns: whether `palette` is another one than before.
  func choose(for pictures: [RGBImage]) -> Bool {
    age += 1
    if made == 0 {
      let scene = Self.scene(pictures)
      take(make(scene), scene)
      return true
    }
    let error = error(of: pictures[0], palette, map)
    let isCut = error > Self.cut * usual + 12
    guard isCut || (error > Self.drift * usual + 2 && age >= Self.minimumAge) else { return false }
    age = 0
    let scene = Self.scene(pictures)
    let candidate = make(scene)
    let candidateMap = InverseColourMap(candidate)
    let (before, after) = scene.reduce((Float(0), Float(0))) { sums, picture in
      (sums.0 + self.error(of: picture, palette, map), sums.1 + self.error(of: picture, candidate, candidateMap))
    }
    guard after < Self.worth * before else {
      usual = max(usual, before / Float(scene.count))
      return false
    }
    palette = candidate
    map = candidateMap
    usual = after / Float(scene.count)
    made += 1
    return true
  }

  private func take(_ palette: Palette, _ scene: [RGBImage]) {
    self.palette = palette
    map = InverseColourMap(palette)
    usual = scene.reduce(0) { $0 + error(of: $1, palette, map) } / Float(scene.count)
    made += 1
    age = 0
  }

  /// The first picture and those after it, up to where another scene begins.
  private static func scene(_ pictures: [RGBImage]) -> [RGBImage] {
    let first = pictures[0]
    let end = pictures.firstIndex { difference(first, $0) > 2500 } ?? pictures.count
    return Array(pictures[..<max(1, end)])
  }

  private func make(_ pictures: [RGBImage]) -> Palette {
    for picture in pictures { histogram.add(picture) }
    defer { histogram.clear() }
    return PaletteMaker.palette(of: histogram.entries(), colours: colours)
  }

  /// The mean over pixels of the squared distance to the nearest colour, summed over three channels.
  private func error(of picture: RGBImage, _ palette: Palette, _ map: InverseColourMap) -> Float {
    var sum = 0
    var count = 0
    var position = 0
    let end = picture.width * picture.height
    while position < end {
      let pixel = picture.pixels + 3 * position
      let colour = SIMD4(Int16(pixel[0]), Int16(pixel[1]), Int16(pixel[2]), 0)
      let nearest = palette.colours[Int(map.nearest(colour))]
      let d = SIMD4<Int32>(truncatingIfNeeded: colour &- SIMD4(Int16(nearest.x), Int16(nearest.y), Int16(nearest.z), 0))
      sum += Int((d &* d).wrappedSum())
      count += 1
      position += Self.sampling
    }
    return Float(sum) / Float(count)
  }

  /// The mean over pixels of the squared distance between two pictures.
  private static func difference(_ a: RGBImage, _ b: RGBImage) -> Int {
    var sum = 0
    var count = 0
    var position = 0
    let end = a.width * a.height
    while position < end {
      for channel in 0..<3 {
        let d = Int(a.pixels[3 * position + channel]) - Int(b.pixels[3 * position + channel])
        sum += d * d
      }
      count += 1
      position += 2 * sampling
    }
    return sum / count
  }
}
