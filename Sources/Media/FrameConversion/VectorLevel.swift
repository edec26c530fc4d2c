package import CPixels
import Synchronization

/// Which of the processor's vector instructions our own kernels use. No output depends on it.
package enum VectorLevel: Int32, CaseIterable, Comparable, Sendable {
  // The values are those of CPixels.h.
  case baseline = 0
  case avx2 = 1
  case avx512 = 2

  package static func < (a: VectorLevel, b: VectorLevel) -> Bool { a.rawValue < b.rawValue }

  /// The kernels of this very level; `nil` if the processor does not have it.
  package var kernels: UnsafePointer<cpixels_kernels>? { cpixels_at(rawValue) }

  private static let highest = Atomic<Int32>(VectorLevel.avx512.rawValue)

  /// What is made from now on uses no higher level, whatever the processor has. For measurements.
  package static func limit(to level: VectorLevel) { highest.store(level.rawValue, ordering: .relaxed) }

  /// The kernels of the highest level that the processor has.
  package static var chosenKernels: UnsafePointer<cpixels_kernels> {
    let highest = highest.load(ordering: .relaxed)
    // Every processor has the lowest level.
    return allCases.reversed().lazy.filter { $0.rawValue <= highest }.compactMap(\.kernels).first!
  }
}
