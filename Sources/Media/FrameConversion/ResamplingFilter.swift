import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Weights that bring a row of samples to another length, for every output sample alike many.
package struct ResamplingFilter {
  /// How an output sample is made of input samples.
  package enum Kind {
    /// Lanczos, three lobes: as sharp as can be.
    case lanczos
    /// The mean of the area that it covers: what a decoder makes that leaves out the high frequencies. Lanczos where samples
    /// become more, not fewer.
    case area
  }

  /// Weights per output sample, a multiple of four.
  let taps: Int
  /// The first input sample for each output sample.
  let starts: [Int]
  /// `taps` weights for each output sample; their sum is `gain`.
  let weights: [Float]

  /// - Parameters:
  ///   - length: input samples that exist; what lies beyond is the edge's sample repeated.
  ///   - extent: the input's true length in samples, which halving may have left fractional.
  ///   - halvings: how often the input was halved, whose slight blur Lanczos takes back.
  ///   - gain: sum of the weights.
  init(length: Int, extent: Double, output: Int, halvings: Int, gain: Double, kind: Kind = .lanczos) {
    let ratio = extent / Double(output)
    var rows: [(start: Int, weights: [Double])] = []
    for index in 0..<output {
      let row =
        kind == .area && ratio >= 1
        ? Self.areaRow(index, ratio: ratio) : Self.lanczosRow(index, ratio: ratio, halvings: halvings)
      // Beyond the edges the edge is repeated.
      var inside: [Int: Double] = [:]
      for (sample, weight) in row where weight != 0 {
        inside[min(max(sample, 0), length - 1), default: 0] += weight
      }
      let start = inside.keys.min()!
      let end = inside.keys.max()!
      let sum = inside.values.reduce(0, +)
      rows.append((start, (start...end).map { (inside[$0] ?? 0) / sum * gain }))
    }
    let longest = min((rows.map(\.weights.count).max()! + 3) / 4 * 4, (length + 3) / 4 * 4)
    taps = longest
    // Near the end a row begins earlier, so that all its taps exist.
    var starts: [Int] = []
    var weights: [Float] = []
    for row in rows {
      let start = max(0, min(row.start, length - longest))
      let lead = row.start - start
      starts.append(start)
      weights += (0..<longest).map { tap in
        tap >= lead && tap - lead < row.weights.count ? Float(row.weights[tap - lead]) : 0
      }
    }
    self.starts = starts
    self.weights = weights
  }

  /// As the kernel `sum_row` takes it: filled up with sums that are not needed.
  ///
  /// - Parameter together: how many sums share a block, a multiple of four.
  func arranged(together: Int) -> (starts: [Int32], weights: [Float]) {
    let count = (starts.count + together - 1) / together * together
    var arranged: [Float] = []
    arranged.reserveCapacity(count * taps)
    for block in stride(from: 0, to: count, by: together) {
      for first in block..<block + 4 {
        for tap in stride(from: 0, to: taps, by: 4) {
          for sum in stride(from: first, to: block + together, by: 4) {
            let place = sum * taps + tap
            arranged += sum < starts.count ? weights[place..<place + 4] : [0, 0, 0, 0]
          }
        }
      }
    }
    return ((0..<count).map { $0 < starts.count ? Int32(starts[$0]) : 0 }, arranged)
  }

  private static func lanczosRow(_ index: Int, ratio: Double, halvings: Int) -> [(sample: Int, weight: Double)] {
    let scale = max(1, ratio)
    let reach = Int((3 * scale).rounded(.up)) + 1
    let centre = (Double(index) + 0.5) * ratio - 0.5
    let first = Int(centre.rounded(.down)) - reach
    var row = (0...2 * reach + 1).map { lanczos((Double(first + $0) - centre) / scale) }
    if halvings > 0 {
      // A square of f samples has the variance (f² − 1) / 12; in halved samples that nears 1 / 12.
      let factor = Double(1 << halvings)
      let blur = (1 - 1 / (factor * factor)) / 12
      let plain = row
      for tap in row.indices {
        let before = tap > 0 ? plain[tap - 1] : 0
        let after = tap + 1 < plain.count ? plain[tap + 1] : 0
        row[tap] = plain[tap] * (1 + blur) - (before + after) * blur / 2
      }
    }
    return row.enumerated().map { (first + $0.offset, $0.element) }
  }

  private static func areaRow(_ index: Int, ratio: Double) -> [(sample: Int, weight: Double)] {
    let (from, to) = (Double(index) * ratio, Double(index + 1) * ratio)
    return (Int(from)...Int(to.rounded(.up))).map { sample in
      (sample, max(0, min(to, Double(sample + 1)) - max(from, Double(sample))))
    }
  }

  private static func lanczos(_ x: Double) -> Double {
    if abs(x) >= 3 { return 0 }
    if abs(x) < 1e-9 { return 1 }
    let angle = Double.pi * x
    return 3 * sin(angle) * sin(angle / 3) / (angle * angle)
  }
}
