package import CPixels
import FrameConversion

/// A palette for a whole clip: variance-based cuts (X. Wu, "Efficient statistical computations for optimal color
/// quantization", Graphics Gems II, 1991), then a few rounds of k-means, which the cuts' straight planes leave room for.
package enum PaletteMaker {
  package static func palette(of histogram: ColourHistogram, colours: Int, rounds: Int = 6) -> Palette {
    palette(of: histogram.entries(), colours: colours, rounds: rounds)
  }

  package static func palette(
    of entries: [ColourHistogram.Entry], colours: Int, rounds: Int = 6,
    kernels: UnsafePointer<cpixels_kernels> = VectorLevel.chosenKernels
  ) -> Palette {
    if entries.isEmpty { return Palette(colours: [SIMD3(0, 0, 0)]) }
    var cut = VarianceCut(entries)
    var centres = cut.centres(colours)
    let weighted = entries.map { SIMD4($0.colour, $0.count) }
    for _ in 0..<rounds { refine(&centres, weighted, kernels) }
    var seen: Set<SIMD3<UInt8>> = []
    let rounded = centres.map { SIMD3<UInt8>(($0.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255)) + 0.5)) }
    return Palette(colours: rounded.filter { seen.insert($0).inserted })
  }

  /// Moves every centre to the mean of the colours nearest to it.
  ///
  /// - Parameter entries: red, green, blue and how many pixels have the colour.
  private static func refine(
    _ centres: inout [SIMD3<Float>], _ entries: [SIMD4<Float>], _ kernels: UnsafePointer<cpixels_kernels>
  ) {
    let groups = ColourGroups(centres)
    var sums = [SIMD4<Float>](repeating: .zero, count: centres.count)
    entries.withUnsafeBytes { entries in
      sums.withUnsafeMutableBytes { sums in
        kernels.pointee.assign(
          groups.palette, entries.bindMemory(to: Float.self).baseAddress!, entries.count / 16,
          sums.bindMemory(to: Float.self).baseAddress!)
      }
    }
    withExtendedLifetime(groups) {}
    for index in centres.indices where sums[index].w > 0 {
      centres[index] = SIMD3(sums[index].x, sums[index].y, sums[index].z) / sums[index].w
    }
  }
}
