/// A palette for a whole clip: variance-based cuts (X. Wu, "Efficient statistical computations for optimal color
/// quantization", Graphics Gems II, 1991), then a few rounds of k-means, which the cuts' straight planes leave room for.
package enum PaletteMaker {
  package static func palette(of histogram: ColourHistogram, colours: Int, rounds: Int = 6) -> Palette {
    palette(of: histogram.entries(), colours: colours, rounds: rounds)
  }

  package static func palette(of entries: [ColourHistogram.Entry], colours: Int, rounds: Int = 6) -> Palette {
    if entries.isEmpty { return Palette(colours: [SIMD3(0, 0, 0)]) }
    var cut = VarianceCut(entries)
    var centres = cut.centres(colours)
    for _ in 0..<rounds { refine(&centres, entries) }
    var seen: Set<SIMD3<UInt8>> = []
    let rounded = centres.map { SIMD3<UInt8>(($0.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255)) + 0.5)) }
    return Palette(colours: rounded.filter { seen.insert($0).inserted })
  }

  /// Moves every centre to the mean of the colours nearest to it.
  private static func refine(_ centres: inout [SIMD3<Float>], _ entries: [ColourHistogram.Entry]) {
    let groups = (centres.count + 7) / 8
    var red = [SIMD8<Float>](repeating: SIMD8(repeating: 1e6), count: groups)
    var green = red
    var blue = red
    for (index, centre) in centres.enumerated() {
      red[index / 8][index % 8] = centre.x
      green[index / 8][index % 8] = centre.y
      blue[index / 8][index % 8] = centre.z
    }
    var sums = [SIMD4<Float>](repeating: .zero, count: groups * 8)
    let lanes = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
    for entry in entries {
      var best = SIMD8<Float>(repeating: .infinity)
      var bestGroup = SIMD8<Int32>(repeating: 0)
      for group in 0..<groups {
        let r = red[group] - entry.colour.x
        let g = green[group] - entry.colour.y
        let b = blue[group] - entry.colour.z
        let distance = r * r + g * g + b * b
        let closer = distance .< best
        best.replace(with: distance, where: closer)
        bestGroup.replace(with: SIMD8(repeating: Int32(group)), where: closer)
      }
      let minimum = best.min()
      // The lowest index wins, so that the result does not depend on the order of comparisons.
      var nearest = bestGroup &* 8 &+ lanes
      nearest.replace(with: SIMD8(repeating: .max), where: best .> minimum)
      let index = Int(nearest.min())
      sums[index] += SIMD4(entry.colour * entry.count, entry.count)
    }
    for index in centres.indices where sums[index].w > 0 {
      centres[index] = SIMD3(sums[index].x, sums[index].y, sums[index].z) / sums[index].w
    }
  }
}
