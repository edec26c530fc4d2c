import Core

/// When the samples of a track are decoded, and which of them are key frames (ISO/IEC 14496-12 §8.6.1.2, §8.6.2).
struct MOVSamples {
  /// Ticks per second of the track.
  let timescale: Int
  private var runs: [(sample: Int, time: Int, delta: Int)] = []
  private var count = 0
  /// `nil` if each sample is one.
  private var keys: [Int]?

  /// Longer tables are not read to their ends.
  private static let mostEntries = 1_000_000

  /// - Parameter media: payload of the track's media box.
  /// - Returns: `nil` if a table is missing.
  init?(_ walk: BoxWalk, media: Range<Int64>) throws {
    guard let head = try walk.box(["mdhd"], in: media) else { return nil }
    let numbers = try walk.numbers(at: head.lowerBound, count: 6)
    guard numbers.count == 6, let table = try walk.box(["minf", "stbl"], in: media) else { return nil }
    timescale = max(1, Int(numbers[numbers[0] >> 24 == 1 ? 5 : 3]))
    guard let times = try Self.entries(walk, "stts", in: table, width: 2) else { return nil }
    var time = 0
    for at in stride(from: 0, to: times.count - 1, by: 2) {
      let (samples, delta) = (Int(times[at]), Int(times[at + 1]))
      runs.append((count, time, delta))
      count += samples
      time &+= samples &* delta
    }
    keys = try Self.entries(walk, "stss", in: table, width: 1)?.map { Int($0) - 1 }
  }

  private static func entries(
    _ walk: BoxWalk, _ type: String, in table: Range<Int64>, width: Int
  ) throws -> [UInt32]? {
    guard let box = try walk.box([type], in: table) else { return nil }
    let head = try walk.numbers(at: box.lowerBound, count: 2)
    guard head.count == 2 else { return nil }
    let there = Int((box.upperBound - box.lowerBound - 8) / Int64(4 * width))
    return try walk.numbers(at: box.lowerBound + 8, count: min(Int(head[1]), there, mostEntries) * width)
  }

  /// The sample that is decoded at a time, in ticks; the first or the last for times outside.
  func index(at time: Double) -> Int {
    let after = Self.partition(runs) { Double($0.time) <= time }
    guard after > 0, count > 0 else { return 0 }
    let run = runs[after - 1]
    let within = run.delta > 0 ? (time - Double(run.time)) / Double(run.delta) : 0
    return min(run.sample + Int(min(within, Double(count))), count - 1)
  }

  /// The last key frame that is no later than a sample.
  func key(before sample: Int) -> Int {
    guard let keys else { return sample }
    let after = Self.partition(keys) { $0 <= sample }
    return after > 0 ? max(0, keys[after - 1]) : 0
  }

  /// How many elements from the beginning on are as `isBefore` says, which holds for all before the last such.
  private static func partition<Element>(_ elements: [Element], _ isBefore: (Element) -> Bool) -> Int {
    var (low, high) = (0, elements.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(elements[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
