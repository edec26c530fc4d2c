import Images
import GIF

/// Brings picture after picture to a palette that may change in between, and tells what has changed on screen.
///
/// A pixel keeps its colour while that is nearly as close to what it should be as the palette's nearest one: still parts
/// neither flicker nor cost bytes. There is no dithering: of a few dozen colours in a small picture it costs more bytes and
/// more fidelity than it hides bands.
final class Painter {
  /// What is on screen may be so much further from the wanted colour than the nearest one: squared distance, summed over
  /// three channels of 0 ... 255.
  var tolerance: Int32 = 16
  private let width: Int
  private let height: Int
  /// Entries widened for arithmetic.
  private var colours = [SIMD4<Int16>](repeating: .zero, count: 256)
  private var map: InverseColourMap?
  private var isFirst = true
  /// On screen.
  private let screen: UnsafeMutablePointer<SIMD4<Int16>>
  /// The palette's index of what is on screen; that of transparency where a former palette's colour is.
  let indices: UnsafeMutablePointer<UInt8>
  /// Per pixel: 1 where what is on screen stays.
  let unchanged: UnsafeMutablePointer<UInt8>

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    let count = width * height
    screen = .allocate(capacity: count)
    screen.initialize(repeating: .zero, count: count)
    indices = .allocate(capacity: count)
    indices.initialize(repeating: 0, count: count)
    unchanged = .allocate(capacity: count)
    unchanged.initialize(repeating: 0, count: count)
  }

  deinit {
    screen.deallocate()
    indices.deallocate()
    unchanged.deallocate()
  }

  /// Goes on with another palette.
  func use(_ palette: Palette, _ map: InverseColourMap) {
    self.map = map
    var places: [SIMD4<Int16>: UInt8] = [:]
    for (index, colour) in palette.colours.enumerated() {
      colours[index] = SIMD4(Int16(colour.x), Int16(colour.y), Int16(colour.z), 0)
      places[colours[index]] = UInt8(index)
    }
    let none = Palette.transparent(bits: palette.bits)
    for position in 0..<width * height { indices[position] = places[screen[position]] ?? none }
  }

  /// - Parameter picture: of the size that was announced.
  /// - Returns: what has changed; `nil` where nothing has.
  func paint(_ picture: RGBImage) -> LZWEncoder.Area? {
    guard let map else { return nil }
    let tolerance = tolerance
    var source = UnsafeRawPointer(picture.pixels)
    colours.withUnsafeBufferPointer { colours in
      for position in 0..<width * height {
        let bytes = source.loadUnaligned(as: UInt32.self) & 0xff_ffff
        let pixel = SIMD4<Int16>(truncatingIfNeeded: unsafeBitCast(bytes, to: SIMD4<UInt8>.self))
        source += 3
        let far = Self.distance(pixel, screen[position])
        if !isFirst, far <= tolerance {
          unchanged[position] = 1
          continue
        }
        let index = map.nearest(pixel)
        let colour = colours[Int(index)]
        if !isFirst, far <= Self.distance(pixel, colour) &+ tolerance {
          unchanged[position] = 1
        } else {
          screen[position] = colour
          indices[position] = index
          unchanged[position] = 0
        }
      }
    }
    defer { isFirst = false }
    return isFirst
      ? LZWEncoder.Area(x: 0, y: 0, width: width, height: height)
      : LZWEncoder.Area.changed(in: unchanged, width: width, height: height)
  }

  @inline(__always)
  private static func distance(_ a: SIMD4<Int16>, _ b: SIMD4<Int16>) -> Int32 {
    let d = SIMD4<Int32>(truncatingIfNeeded: a &- b)
    return (d &* d).wrappedSum()
  }
}
