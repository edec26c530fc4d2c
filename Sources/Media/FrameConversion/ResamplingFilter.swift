import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Weights that bring a row of samples to another length (Lanczos, three lobes), for every output sample alike many.
struct ResamplingFilter {
  /// Weights per output sample, a multiple of four.
  let taps: Int
  /// The first input sample for each output sample.
  let starts: [Int]
  /// `taps` weights for each output sample; their sum is `gain`.
  let weights: [Float]

  /// - Parameters:
  ///   - length: input samples that exist; what lies beyond is the edge's sample repeated.
  ///   - extent: the input's true length in samples, which halving may have left fractional.
  ///   - halvings: how often the input was halved, whose slight blur is taken back.
  ///   - gain: sum of the weights.
  init(length: Int, extent: Double, output: Int, halvings: Int, gain: Double) {
    let ratio = extent / Double(output)
    let scale = max(1, ratio)
    let support = 3 * scale
    let reach = Int(support.rounded(.up)) + 1
    var rows: [(start: Int, weights: [Double])] = []
    // A square of f samples has the variance (f² − 1) / 12; in halved samples that nears 1 / 12.
    let factor = Double(1 << halvings)
    let blur = (1 - 1 / (factor * factor)) / 12
    for index in 0..<output {
      let centre = (Double(index) + 0.5) * ratio - 0.5
      let first = Int(centre.rounded(.down)) - reach
      var row = (0...2 * reach + 1).map { Self.lanczos((Double(first + $0) - centre) / scale) }
      if halvings > 0 {
        let plain = row
        for tap in row.indices {
          let before = tap > 0 ? plain[tap - 1] : 0
          let after = tap + 1 < plain.count ? plain[tap + 1] : 0
          row[tap] = plain[tap] * (1 + blur) - (before + after) * blur / 2
        }
      }
      // Beyond the edges the edge is repeated.
      var inside: [Int: Double] = [:]
      for tap in row.indices where row[tap] != 0 {
        inside[min(max(first + tap, 0), length - 1), default: 0] += row[tap]
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

  private static func lanczos(_ x: Double) -> Double {
    if abs(x) >= 3 { return 0 }
    if abs(x) < 1e-9 { return 1 }
    let angle = Double.pi * x
    return 3 * sin(angle) * sin(angle / 3) / (angle * angle)
  }
}
