import Core

/// What following the edit list of an MP4 track costs.
///
/// For each edit libav looks for the sample at its beginning, and lists all samples from the key frame before that to the
/// edit's end, shown or not. So a small file can ask for billions of samples.
struct EditListCost: Equatable {
  /// Entries of the list.
  private(set) var edits = 0
  /// Samples that are listed.
  private(set) var listed = 0
  /// Samples that are passed while the beginnings of edits are looked for.
  private(set) var passed = 0

  private static let most = (edits: 100_000, listed: 2_500_000, passed: 1_000_000_000)
  /// As few edits are followed whatever they show: no more than that is in files that were not edited.
  private static let usual = 4

  /// - Parameters:
  ///   - list: payload of the edit list (ISO/IEC 14496-12 §8.6.6).
  ///   - media: payload of the track's media box.
  ///   - movieScale: ticks per second of the edits' durations.
  init(_ walk: BoxWalk, list: Range<Int64>, media: Range<Int64>?, movieScale: Int) throws {
    let head = try walk.numbers(at: list.lowerBound, count: 2)
    guard head.count == 2 else { return }
    edits = Int(head[1])
    guard (Self.usual + 1...Self.most.edits).contains(edits), let media,
      let samples = try MOVSamples(walk, media: media)
    else { return }
    let isLong = head[0] >> 24 == 1
    let width = isLong ? 5 : 3
    let count = min(edits, Int((list.upperBound - list.lowerBound - 8) / Int64(4 * width)))
    let numbers = try walk.numbers(at: list.lowerBound + 8, count: count * width)
    for at in stride(from: 0, to: numbers.count - width + 1, by: width) {
      let duration = isLong ? Int64(numbers[at]) << 32 | Int64(numbers[at + 1]) : Int64(numbers[at])
      let time =
        isLong
        ? Int64(Int32(bitPattern: numbers[at + 2])) << 32 | Int64(numbers[at + 3])
        : Int64(Int32(bitPattern: numbers[at + 1]))
      // An empty edit.
      guard time >= 0 else { continue }
      let length = Double(duration) / Double(max(1, movieScale)) * Double(samples.timescale)
      let first = samples.index(at: Double(time))
      let last = samples.index(at: Double(time) + length)
      listed += last - samples.key(before: first) + 1
      passed += first
    }
  }

  /// Why the list is not followed; `nil` if it is.
  var refusal: String? {
    if edits > Self.most.edits {
      return "a track of the file has \(edits) edits in its edit list; at most \(Self.most.edits) are followed"
    }
    if listed > Self.most.listed {
      return
        "the \(edits) edits of a track need \(listed) frames, those included that are decoded only for others; at most "
        + "\(Self.most.listed) are followed"
    }
    if passed > Self.most.passed {
      return
        "a track of the file has \(edits) edits in too long a video: \(passed) frames would be passed to find where they "
        + "begin, and at most \(Self.most.passed) are"
    }
    return nil
  }
}
