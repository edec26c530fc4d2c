import Images
import GIF

/// How often colours occur in a few small pictures, in cells of equal size. Costs what is in it, not what could be.
final class CellHistogram {
  private let bits: Int
  private let cells: UnsafeMutablePointer<SIMD4<UInt32>>
  /// Cells that hold pixels, in the order in which they were met.
  private var used: [Int32] = []

  /// - Parameter bits: of each channel that tell cells apart, 5 or 6.
  init(bits: Int) {
    self.bits = bits
    cells = .allocate(capacity: 1 << (3 * bits))
    cells.initialize(repeating: .zero, count: 1 << (3 * bits))
  }

  deinit { cells.deallocate() }

  func add(_ picture: RGBImage) {
    let shift = UInt32(8 - bits)
    let bits = UInt32(bits)
    var source = UnsafeRawPointer(picture.pixels)
    for _ in 0..<picture.width * picture.height {
      let bytes = source.loadUnaligned(as: UInt32.self)
      source += 3
      let (r, g, b) = (bytes & 0xff, bytes >> 8 & 0xff, bytes >> 16 & 0xff)
      let cell = Int((r >> shift) << (2 * bits) | (g >> shift) << bits | b >> shift)
      let sum = cells[cell]
      if sum.w == 0 { used.append(Int32(cell)) }
      cells[cell] = sum &+ SIMD4(r, g, b, 1)
    }
  }

  func clear() {
    for cell in used { cells[Int(cell)] = .zero }
    used.removeAll(keepingCapacity: true)
  }

  /// The mean colours of all cells that hold pixels.
  func entries() -> [ColourHistogram.Entry] {
    used.map { cell in
      let sum = SIMD4<Float>(cells[Int(cell)])
      return ColourHistogram.Entry(colour: SIMD3(sum.x, sum.y, sum.z) / sum.w, count: sum.w)
    }
  }
}
