/// Halves a plane along both sides by adding up squares of 2 × 2 samples: the cheap first part of a large reduction.
///
/// Sums, not means, so that nothing is rounded away; `Int16`-sized samples hold four halvings of 8 bits.
package enum PlaneHalver {
  /// - Parameters:
  ///   - input: rows of `width` samples, `stride` bytes apart.
  ///   - output: `(height + 1) / 2` rows of `(width + 1) / 2` samples, `outputStride` samples apart; may be written to
  ///     seven samples beyond a row.
  package static func halve(
    _ input: UnsafePointer<UInt8>, stride: Int, width: Int, height: Int, into output: UnsafeMutablePointer<UInt16>,
    outputStride: Int
  ) {
    for row in 0..<(height + 1) / 2 {
      let upper = UnsafeRawPointer(input + 2 * row * stride)
      let lower = 2 * row + 1 < height ? upper + stride : upper
      let out = UnsafeMutableRawPointer(output + row * outputStride)
      var x = 0
      let low = SIMD8<UInt16>(repeating: 255)
      while x + 16 <= width {
        let a = upper.loadUnaligned(fromByteOffset: x, as: SIMD8<UInt16>.self)
        let b = lower.loadUnaligned(fromByteOffset: x, as: SIMD8<UInt16>.self)
        let sum = (a & low) &+ (a &>> 8) &+ (b & low) &+ (b &>> 8)
        out.storeBytes(of: sum, toByteOffset: x, as: SIMD8<UInt16>.self)
        x += 16
      }
      while x < width {
        let right = min(x + 1, width - 1)
        let sum =
          UInt16(upper.load(fromByteOffset: x, as: UInt8.self))
          + UInt16(upper.load(fromByteOffset: right, as: UInt8.self))
          + UInt16(lower.load(fromByteOffset: x, as: UInt8.self))
          + UInt16(lower.load(fromByteOffset: right, as: UInt8.self))
        out.storeBytes(of: sum, toByteOffset: x, as: UInt16.self)
        x += 2
      }
    }
  }

  /// Twice the same as `halve`, in one go: squares of 4 × 4 samples, and nothing in between is written.
  ///
  /// - Parameters:
  ///   - input: rows of `width` samples, `stride` bytes apart.
  ///   - output: `(height + 3) / 4` rows of `(width + 3) / 4` samples, `outputStride` samples apart.
  package static func quarter(
    _ input: UnsafePointer<UInt8>, stride: Int, width: Int, height: Int, into output: UnsafeMutablePointer<UInt16>,
    outputStride: Int
  ) {
    let (halfWidth, halfHeight) = ((width + 1) / 2, (height + 1) / 2)
    let lowBytes = SIMD8<UInt16>(repeating: 0xff)
    let lowWords = SIMD4<UInt32>(repeating: 0xffff)
    for row in 0..<(halfHeight + 1) / 2 {
      let first = UnsafeRawPointer(input + 4 * row * stride)
      let second = 4 * row + 1 < height ? first + stride : first
      let third = 2 * row + 1 < halfHeight ? first + 2 * stride : first
      let fourth = 2 * row + 1 < halfHeight ? (4 * row + 3 < height ? third + stride : third) : second
      let out = output + row * outputStride
      /// The sums of pairs in each of the eight columns of two samples that begin at `x`.
      @inline(__always) func pairs(_ line: UnsafeRawPointer, _ x: Int) -> SIMD8<UInt16> {
        let samples = line.loadUnaligned(fromByteOffset: x, as: SIMD8<UInt16>.self)
        return (samples & lowBytes) &+ (samples &>> 8)
      }
      var x = 0
      while x + 16 <= width {
        let columns = pairs(first, x) &+ pairs(second, x) &+ pairs(third, x) &+ pairs(fourth, x)
        let words = unsafeBitCast(columns, to: SIMD4<UInt32>.self)
        UnsafeMutableRawPointer(out + x / 4).storeBytes(
          of: SIMD4<UInt16>(truncatingIfNeeded: (words & lowWords) &+ (words &>> 16)), as: SIMD4<UInt16>.self)
        x += 16
      }
      while x < width {
        var sum: UInt16 = 0
        for column in [x / 2, min(x / 2 + 1, halfWidth - 1)] {
          for line in [first, second, third, fourth] {
            sum += UInt16(line.load(fromByteOffset: 2 * column, as: UInt8.self))
            sum += UInt16(line.load(fromByteOffset: min(2 * column + 1, width - 1), as: UInt8.self))
          }
        }
        out[x / 4] = sum
        x += 4
      }
    }
  }

  /// - Parameter stride: samples from row to row.
  package static func halve(
    _ input: UnsafePointer<UInt16>, stride: Int, width: Int, height: Int, into output: UnsafeMutablePointer<UInt16>,
    outputStride: Int
  ) {
    for row in 0..<(height + 1) / 2 {
      let upper = input + 2 * row * stride
      let lower = 2 * row + 1 < height ? upper + stride : upper
      let out = output + row * outputStride
      let (upperBytes, lowerBytes) = (UnsafeRawPointer(upper), UnsafeRawPointer(lower))
      var x = 0
      while x + 8 <= width {
        let a = upperBytes.loadUnaligned(fromByteOffset: 2 * x, as: SIMD4<UInt32>.self)
        let b = lowerBytes.loadUnaligned(fromByteOffset: 2 * x, as: SIMD4<UInt32>.self)
        let low = SIMD4<UInt32>(repeating: 0xffff)
        let sum = (a & low) &+ (a &>> 16) &+ (b & low) &+ (b &>> 16)
        UnsafeMutableRawPointer(out + x / 2).storeBytes(
          of: SIMD4<UInt16>(truncatingIfNeeded: sum), as: SIMD4<UInt16>.self)
        x += 8
      }
      while x < width {
        let right = min(x + 1, width - 1)
        out[x / 2] = upper[x] &+ upper[right] &+ lower[x] &+ lower[right]
        x += 2
      }
    }
  }
}
