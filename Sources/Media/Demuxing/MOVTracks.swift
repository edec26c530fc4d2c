import Core

/// The tracks of an MP4 or QuickTime file by their ID, as far as libav does not tell (ISO/IEC 14496-12 §8, QuickTime File
/// Format).
enum MOVTracks {
  static func read(_ source: any ByteSource) throws -> [Int32: TrackFacts] {
    let walk = BoxWalk(source: source)
    guard let movie = try walk.boxes(in: 0..<source.size, upTo: "moov").last, movie.type == "moov" else { return [:] }
    var found: [Int32: TrackFacts] = [:]
    let boxes = try walk.boxes(in: movie.payload)
    var timescale = 1
    if let header = boxes.first(where: { $0.type == "mvhd" }) {
      // §8.2.2.
      let head = try walk.numbers(at: header.payload.lowerBound, count: 6)
      if head.count == 6 { timescale = Int(head[head[0] >> 24 == 1 ? 5 : 3]) }
    }
    for box in boxes where box.type == "trak" {
      if let (id, facts) = try track(walk, box.payload, timescale: timescale) { found[id] = facts }
    }
    return found
  }

  /// - Parameter timescale: ticks of the movie per second.
  private static func track(
    _ walk: BoxWalk, _ range: Range<Int64>, timescale: Int
  ) throws -> (Int32, TrackFacts)? {
    var facts = TrackFacts()
    var id: Int32?
    let boxes = try walk.boxes(in: range)
    for box in boxes {
      switch box.type {
      case "tkhd":
        let head = try walk.numbers(at: box.payload.lowerBound, count: 6)
        guard head.count == 6 else { return nil }
        id = Int32(bitPattern: head[head[0] >> 24 == 1 ? 5 : 3])
        // §8.3.2: bit 0, the track is enabled.
        if head[0] & 1 == 0 { facts.isForShowing = false }
      case "edts":
        guard let list = try walk.box(["elst"], in: box.payload) else { continue }
        let head = try walk.numbers(at: list.lowerBound, count: 6)
        guard head.count >= 5 else { continue }
        let media = boxes.first { $0.type == "mdia" }?.payload
        let cost = try EditListCost(walk, list: list, media: media, movieScale: timescale)
        (facts.edits, facts.editRefusal) = (cost.edits, cost.refusal)
        // §8.6.6: a media time of -1 is an empty edit.
        let isLong = head[0] >> 24 == 1
        let (duration, time) = isLong ? (head[2] | head[3], head[4]) : (head[2], head[3])
        facts.startsEmpty = facts.edits > 0 && duration > 0 && time == .max
      case "mdia":
        if let handler = try walk.box(["hdlr"], in: box.payload) {
          let head = try walk.numbers(at: handler.lowerBound, count: 3)
          if head.count == 3, head[2] == fourCC("auxv") { facts.isForShowing = false }
        }
        if let descriptions = try walk.box(["minf", "stbl", "stsd"], in: box.payload) {
          facts.crop = try crop(walk, descriptions)
        }
      default: break
      }
    }
    return id.map { ($0, facts) }
  }

  /// The clean aperture of the first sample description (§12.1.4).
  private static func crop(_ walk: BoxWalk, _ descriptions: Range<Int64>) throws -> FrameCrop? {
    // A visual sample entry has 78 bytes before its boxes, width and height at 24 (§12.1.3).
    let entries = (descriptions.lowerBound + 8)..<max(descriptions.lowerBound + 8, descriptions.upperBound)
    guard let entry = try walk.boxes(in: entries).first?.payload, entry.count > 86 else { return nil }
    let size = try walk.numbers(at: entry.lowerBound + 24, count: 1)
    let inside = (entry.lowerBound + 78)..<entry.upperBound
    guard let size = size.first, let box = try walk.boxes(in: inside).first(where: { $0.type == "clap" }) else {
      return nil
    }
    let numbers = try walk.numbers(at: box.payload.lowerBound, count: 8)
    guard numbers.count == 8 else { return nil }
    let parts = stride(from: 0, to: 8, by: 2).map { at in
      Double(Int32(bitPattern: numbers[at])) / Double(numbers[at + 1])
    }
    guard parts.allSatisfy(\.isFinite), parts[0] >= 1, parts[1] >= 1 else { return nil }
    let (width, height) = (Int(size >> 16), Int(size & 0xffff))
    func sides(_ whole: Int, _ part: Double, _ offset: Double) -> (Int, Int)? {
      guard part <= Double(whole), abs(offset) < Double(whole) else { return nil }
      let kept = Int(part.rounded())
      let first = Int(((Double(whole) - part) / 2 + offset).rounded(.down))
      return first >= 0 && first + kept <= whole ? (first, whole - first - kept) : nil
    }
    guard let (left, right) = sides(width, parts[0], parts[2]), let (top, bottom) = sides(height, parts[1], parts[3])
    else { return nil }
    return FrameCrop(width: width, height: height, left: left, top: top, right: right, bottom: bottom)
  }

  private static func fourCC(_ text: StaticString) -> UInt32 {
    text.withUTF8Buffer { $0.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } }
  }
}
