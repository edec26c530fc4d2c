/// Cuts a set of colours into boxes, always the box and the plane that lower the variance most.
struct VarianceCut {
  private typealias Entry = ColourHistogram.Entry

  private struct Moments {
    var weight = 0.0
    var colour = SIMD3<Double>.zero
    var square = 0.0

    mutating func add(_ entry: Entry) {
      let colour = SIMD3<Double>(entry.colour)
      weight += Double(entry.count)
      self.colour += colour * Double(entry.count)
      square += (colour * colour).sum() * Double(entry.count)
    }

    static func += (a: inout Moments, b: Moments) {
      a.weight += b.weight
      a.colour += b.colour
      a.square += b.square
    }

    /// What the mean explains; larger is better.
    var explained: Double { weight > 0 ? (colour * colour).sum() / weight : 0 }
    var variance: Double { max(0, square - explained) }
  }

  /// Some of the entries, which stand together.
  private struct Box {
    var range: Range<Int>
    var moments: Moments
    /// 0 where it cannot be cut.
    var gain: Double
    var axis = 0
    /// Entries below this value of the axis go to the lower half.
    var plane: Float = 0
  }

  private var entries: [Entry]

  /// Common colours weigh a little more than their pixels, rare ones less: by variance alone a few far-off pixels get
  /// what the noise of large flat parts needs, by which similarity (SSIM) is judged there.
  init(_ entries: [ColourHistogram.Entry]) {
    self.entries = entries.map { entry in
      // The binary logarithm, straight between powers of two, which every processor computes alike.
      let logarithm = Float(entry.count.exponent) + entry.count.significand - 1
      return Entry(colour: entry.colour, count: entry.count * (1 + 0.03 * logarithm))
    }
  }

  /// At most `count` mean colours.
  mutating func centres(_ count: Int) -> [SIMD3<Float>] {
    var boxes = [measure(entries.indices)]
    while boxes.count < count, let next = boxes.indices.max(by: { boxes[$0].gain < boxes[$1].gain }),
      boxes[next].gain > 0
    {
      let box = boxes[next]
      let middle = entries[box.range].partition { $0.colour[box.axis] >= box.plane }
      boxes[next] = measure(box.range.lowerBound..<middle)
      boxes.append(measure(middle..<box.range.upperBound))
    }
    return boxes.map { SIMD3<Float>($0.moments.colour / $0.moments.weight) }
  }

  /// Finds the best cut of a range: sums per whole value of each channel, then every plane between two of them.
  private func measure(_ range: Range<Int>) -> Box {
    var sums = [Moments](repeating: Moments(), count: 3 * 256)
    var whole = Moments()
    for entry in entries[range] {
      whole.add(entry)
      for axis in 0..<3 { sums[axis << 8 | Int(entry.colour[axis])].add(entry) }
    }
    var box = Box(range: range, moments: whole, gain: 0)
    for axis in 0..<3 {
      var lower = Moments()
      for value in 0..<255 {
        let sum = sums[axis << 8 | value]
        if sum.weight == 0 { continue }
        lower += sum
        guard lower.weight < whole.weight else { break }
        let upper = Moments(
          weight: whole.weight - lower.weight, colour: whole.colour - lower.colour, square: whole.square - lower.square)
        let gain = lower.explained + upper.explained - whole.explained
        if gain > box.gain {
          box.gain = gain
          box.axis = axis
          box.plane = Float(value + 1)
        }
      }
    }
    return box
  }
}
