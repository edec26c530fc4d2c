package import CPixels

/// Halves a plane along both sides by adding up squares of 2 × 2 samples: the cheap first part of a large reduction.
///
/// Sums, not means, so that nothing is rounded away; `Int16`-sized samples hold four halvings of 8 bits.
package struct PlaneHalver {
  private let kernels: UnsafePointer<cpixels_kernels>

  package init(_ kernels: UnsafePointer<cpixels_kernels> = VectorLevel.chosenKernels) { self.kernels = kernels }

  /// - Parameters:
  ///   - input: rows of `width` samples, `stride` bytes apart.
  ///   - output: `(height + 1) / 2` rows of `(width + 1) / 2` samples, `outputStride` samples apart.
  package func halve(
    _ input: UnsafePointer<UInt8>, stride: Int, width: Int, height: Int, into output: UnsafeMutablePointer<UInt16>,
    outputStride: Int
  ) {
    precondition(width <= abs(stride) && (width + 1) / 2 <= outputStride)
    for row in 0..<(height + 1) / 2 {
      let upper = input + 2 * row * stride
      let lower = 2 * row + 1 < height ? upper + stride : upper
      kernels.pointee.halve_bytes(upper, lower, width, output + row * outputStride)
    }
  }

  /// - Parameter stride: samples from row to row.
  package func halve(
    _ input: UnsafePointer<UInt16>, stride: Int, width: Int, height: Int, into output: UnsafeMutablePointer<UInt16>,
    outputStride: Int
  ) {
    precondition(width <= abs(stride) && (width + 1) / 2 <= outputStride)
    for row in 0..<(height + 1) / 2 {
      let upper = input + 2 * row * stride
      let lower = 2 * row + 1 < height ? upper + stride : upper
      kernels.pointee.halve_words(upper, lower, width, output + row * outputStride)
    }
  }

  /// Twice the same as `halve`, in one go: squares of 4 × 4 samples, and nothing in between is written.
  ///
  /// - Parameters:
  ///   - input: rows of `width` samples, `stride` bytes apart.
  ///   - output: `(height + 3) / 4` rows of `(width + 3) / 4` samples, `outputStride` samples apart.
  package func quarter(
    _ input: UnsafePointer<UInt8>, stride: Int, width: Int, height: Int, into output: UnsafeMutablePointer<UInt16>,
    outputStride: Int
  ) {
    precondition(width <= abs(stride) && (width + 3) / 4 <= outputStride)
    let halfHeight = (height + 1) / 2
    for row in 0..<(halfHeight + 1) / 2 {
      let first = input + 4 * row * stride
      let second = 4 * row + 1 < height ? first + stride : first
      let third = 2 * row + 1 < halfHeight ? first + 2 * stride : first
      let fourth = 2 * row + 1 < halfHeight ? (4 * row + 3 < height ? third + stride : third) : second
      withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>.self, capacity: 4) { rows in
        _ = rows.initialize(from: [first, second, third, fourth])
        kernels.pointee.quarter_bytes(rows.baseAddress!, width, output + row * outputStride)
      }
    }
  }
}
