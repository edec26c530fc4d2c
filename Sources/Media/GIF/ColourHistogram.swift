package import CPixels
package import FrameConversion
package import Images

/// How often colours occur in a clip: 128 steps per channel, kept in cells of 4 × 4 × 4 of them.
///
/// Flat parts of a picture are told from their noise by steps this fine; where few pixels are, coarser ones do.
package final class ColourHistogram {
  private static let bits = 5
  private static let steps = 64
  /// Per cell the pixels of each of its steps: the lower 16 bits, which are enough for nearly all, and the others.
  private let counts = ZeroedMemory<UInt16>(count: steps << (3 * bits))
  private let carries = ZeroedMemory<UInt32>(count: steps << (3 * bits), isSparse: true)
  /// Per cell how many of its pixels have odd red, green and blue, which is what the steps leave of the exact mean (without
  /// it black would not stay black), and how many there are.
  private let odd = ZeroedMemory<SIMD4<UInt32>>(count: 1 << (3 * bits))
  private var pixels = 0

  private let kernels: UnsafePointer<cpixels_kernels>

  package init(kernels: UnsafePointer<cpixels_kernels> = VectorLevel.chosenKernels) { self.kernels = kernels }

  /// - Parameter weight: how often the picture is shown.
  package func add(_ picture: RGBImage, weight: UInt32) {
    let count = picture.width * picture.height
    pixels += count * Int(weight)
    odd.pointer.withMemoryRebound(to: UInt32.self, capacity: 4 << (3 * Self.bits)) { odd in
      kernels.pointee.count_colours(picture.pixels, count, weight, counts.pointer, carries.pointer, odd)
    }
  }

  package struct Entry {
    /// 0 ... 255 per channel.
    package var colour: SIMD3<Float>
    /// Pixels.
    package var count: Float

    package init(colour: SIMD3<Float>, count: Float) {
      self.colour = colour
      self.count = count
    }
  }

  /// Mean colours of all that holds pixels, in the order of the channels: of whole cells; where more pixels are, of
  /// their eighths; where most are, of every step.
  package func entries() -> [Entry] {
    var result: [Entry] = []
    for cell in 0..<1 << (3 * Self.bits) {
      let odd = odd.pointer[cell]
      let total = Int(odd.w)
      if total == 0 { continue }
      let side = 1 << Self.bits
      let corner = SIMD3<Float>(SIMD3(cell >> (2 * Self.bits), cell >> Self.bits & (side - 1), cell & (side - 1)) &<< 3)
      let rest = SIMD3<Float>(Float(odd.x), Float(odd.y), Float(odd.z)) / Float(total)
      // Cells with less than a few hundredths of a palette colour's share have no use for finer means.
      let shift = total * 1500 > pixels ? 0 : total * 10000 > pixels ? 1 : 2
      var sums = [SIMD4<Float>](repeating: .zero, count: Self.steps >> (3 * shift))
      for step in 0..<Self.steps {
        var count = Int(counts.pointer[cell << 6 | step])
        // Looked at only where there can be some, as what is looked at takes time and memory.
        if total > 0xffff { count += Int(carries.pointer[cell << 6 | step]) << 16 }
        if count == 0 { continue }
        let place = SIMD3(step >> 4, step >> 2 & 3, step & 3)
        let part = place &>> SIMD3(repeating: shift)
        let bits = 2 - shift
        sums[part.x << (2 * bits) | part.y << bits | part.z] += SIMD4(SIMD3<Float>(place), 1) * Float(count)
      }
      for sum in sums where sum.w > 0 {
        let colour = corner + SIMD3(sum.x, sum.y, sum.z) / sum.w * 2 + rest
        result.append(Entry(colour: colour, count: sum.w))
      }
    }
    return result
  }
}
