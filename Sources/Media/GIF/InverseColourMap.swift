package import CPixels
import FrameConversion
import Synchronization

/// The palette's nearest colour for any colour, one per cell of 2 × 2 × 2 colours, found for a cube of 4 × 4 × 4 cells when
/// one of them is first asked for.
///
/// Larger cells cost quality where a palette is fine, as in smooth gradients. Threads share it: what two of them find for
/// the same cube is the same.
package final class InverseColourMap: @unchecked Sendable {
  /// Per cell the colour's index and 1; 0 where it was not asked for yet.
  private let memory = ZeroedMemory<UInt8>(count: 1 << 21)
  private let table: UnsafeMutablePointer<Atomic<UInt8>>
  private let groups: ColourGroups
  private let kernels: UnsafePointer<cpixels_kernels>
  /// For the kernels; valid as long as this object.
  let map: UnsafeMutablePointer<cpixels_map>

  package init(_ palette: Palette, kernels: UnsafePointer<cpixels_kernels> = VectorLevel.chosenKernels) {
    self.kernels = kernels
    table = UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: Atomic<UInt8>.self)
    // Twice as large, because the middle of a cell lies between two whole numbers.
    groups = ColourGroups(palette.colours.map { SIMD3<Float>($0) }, scale: 2)
    map = .allocate(capacity: 1)
    map.initialize(to: cpixels_map(palette: groups.palette, table: memory.pointer))
  }

  deinit { map.deallocate() }

  /// - Parameter colour: 0 ... 255 per channel.
  @inline(__always)
  package func nearest(_ colour: SIMD4<Int16>) -> UInt8 {
    let cell = cpixels_cell(unsafeBitCast(colour, to: UInt64.self))
    let found = table[Int(cell)].load(ordering: .relaxed)
    return found == 0 ? kernels.pointee.find(map, cell) : found &- 1
  }
}
