/// Where every picture of a track lies and when it is shown (ISO/IEC 14496-12 §8.6, §8.7).
struct SampleTable {
  /// Bytes.
  private(set) var sizes: [UInt32] = []
  /// From the file's beginning.
  private(set) var offsets: [UInt64] = []
  /// Decoding times from 0, in the track's time scale.
  private(set) var decodingTimes: [Int64] = []
  /// Presentation minus decoding time.
  private(set) var compositionOffsets: [Int32] = []
  /// Indices of the key frames, ascending, at least one.
  private(set) var keys: [Int] = []

  /// A day of video at 25 pictures per second and more; 24 bytes of memory each.
  private static let maximumSamples = 2_500_000
  /// Composition offsets beyond this are damage, for which the demuxer has rules of its own.
  private static let largestCompositionOffset = 1 << 28

  /// - Parameter stbl: The payload of the sample table box.
  /// - Returns: `nil` where a table is missing, contradicts another, or says what is not understood here.
  init?(_ reader: BoxReader, stbl: Range<Int>) {
    guard let boxes = reader.boxes(in: stbl) else { return nil }
    func box(_ type: String) -> BoxReader.Box? { boxes.first { $0.type == type } }
    // Sample groups may mark further places to begin decoding; those files are read with their whole index.
    guard box("sbgp") == nil, box("stps") == nil, readSizes(reader, box("stsz")),
      readOffsets(reader, chunks: box("stsc"), box32: box("stco"), box64: box("co64")),
      readTimes(reader, box("stts")), readCompositionOffsets(reader, box("ctts")), readKeys(reader, box("stss"))
    else { return nil }
  }

  var count: Int { sizes.count }

  /// The first sample that is decoded at `time` or later; `count` if none is.
  func firstIndex(decodedFrom time: Int64) -> Int {
    Self.firstIndex(in: decodingTimes, notBelow: time)
  }

  /// The key frames among these samples.
  func keys(in range: Range<Int>) -> ArraySlice<Int> {
    keys[Self.firstIndex(in: keys, notBelow: range.lowerBound)..<Self.firstIndex(in: keys, notBelow: range.upperBound)]
  }

  /// - Parameter ascending: sorted.
  private static func firstIndex<Number: Comparable>(in ascending: [Number], notBelow value: Number) -> Int {
    var low = 0
    var high = ascending.count
    while low < high {
      let middle = (low + high) / 2
      if ascending[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func readSizes(_ reader: BoxReader, _ box: BoxReader.Box?) -> Bool {
    guard let box, let common = reader.u32(box.payload.lowerBound + 4) else { return false }
    if common != 0 {
      guard let count = reader.u32(box.payload.lowerBound + 8), count > 0, Int(count) <= Self.maximumSamples else {
        return false
      }
      sizes = Array(repeating: common, count: Int(count))
      return true
    }
    guard let (count, first) = reader.table(box, lead: 4, width: 4), count > 0, count <= Self.maximumSamples else {
      return false
    }
    sizes.reserveCapacity(count)
    for index in 0..<count { sizes.append(reader.u32(first + 4 * index) ?? 0) }
    return true
  }

  private mutating func readOffsets(
    _ reader: BoxReader, chunks: BoxReader.Box?, box32: BoxReader.Box?, box64: BoxReader.Box?
  ) -> Bool {
    guard let chunks, let (runs, firstRun) = reader.table(chunks, width: 12), runs > 0,
      let places = box64 ?? box32,
      let (chunkCount, firstPlace) = reader.table(places, width: box64 == nil ? 4 : 8)
    else { return false }
    offsets.reserveCapacity(sizes.count)
    var run = 0
    for chunk in 0..<chunkCount {
      while run + 1 < runs, let next = reader.u32(firstRun + 12 * (run + 1)), Int(next) <= chunk + 1 { run += 1 }
      guard let perChunk = reader.u32(firstRun + 12 * run + 4), reader.u32(firstRun + 12 * run + 8) == 1,
        var offset = box64 == nil
          ? reader.u32(firstPlace + 4 * chunk).map(UInt64.init) : reader.u64(firstPlace + 8 * chunk),
        offset < 1 << 60
      else { return false }
      for _ in 0..<perChunk {
        guard offsets.count < sizes.count else { return true }
        offsets.append(offset)
        offset += UInt64(sizes[offsets.count - 1])
      }
    }
    return offsets.count == sizes.count
  }

  private mutating func readTimes(_ reader: BoxReader, _ box: BoxReader.Box?) -> Bool {
    guard let box, let (runs, first) = reader.table(box, width: 8) else { return false }
    decodingTimes.reserveCapacity(count)
    var time: Int64 = 0
    for run in 0..<runs {
      guard let samples = reader.u32(first + 8 * run), let delta = reader.u32(first + 8 * run + 4),
        delta < 1 << 31, decodingTimes.count + Int(samples) <= count
      else { return false }
      for _ in 0..<samples {
        decodingTimes.append(time)
        time += Int64(delta)
      }
    }
    return decodingTimes.count == count
  }

  private mutating func readCompositionOffsets(_ reader: BoxReader, _ box: BoxReader.Box?) -> Bool {
    guard let box else {
      compositionOffsets = Array(repeating: 0, count: count)
      return true
    }
    guard let (runs, first) = reader.table(box, width: 8) else { return false }
    compositionOffsets.reserveCapacity(count)
    for run in 0..<runs {
      guard let samples = reader.u32(first + 8 * run), let raw = reader.u32(first + 8 * run + 4),
        abs(Int(Int32(bitPattern: raw))) < Self.largestCompositionOffset,
        compositionOffsets.count + Int(samples) <= count
      else { return false }
      for _ in 0..<samples { compositionOffsets.append(Int32(bitPattern: raw)) }
    }
    return compositionOffsets.count == count
  }

  private mutating func readKeys(_ reader: BoxReader, _ box: BoxReader.Box?) -> Bool {
    guard let box else {
      keys = Array(0..<count)
      return true
    }
    guard let (runs, first) = reader.table(box, width: 4) else { return false }
    keys.reserveCapacity(runs)
    for run in 0..<runs {
      guard let number = reader.u32(first + 4 * run).map(Int.init), number >= 1, number <= count,
        number - 1 > keys.last ?? -1
      else { return false }
      keys.append(number - 1)
    }
    return !keys.isEmpty
  }
}
