/// How much to ask for at once: little after a jump, more the longer the reading goes on in one run.
///
/// What is fetched beyond the place where the reader jumps away is wasted, so without a hint a request is never more
/// than a fraction of what the run has used so far.
struct ReadAhead: Sendable {
  /// Everything is fetched and kept in blocks of this size, in bytes.
  static let blockSize: Int64 = 32 << 10
  /// Bytes first asked for after a jump.
  static let first: Int64 = 64 << 10
  /// Bytes at least asked for when the run goes on.
  static let least: Int64 = 128 << 10
  /// Bytes at most asked for if it is not known how far the reading goes.
  static let most: Int64 = 4 << 20
  /// Bytes at most asked for where that is known: a clip in one request.
  static let mostKnown: Int64 = 32 << 20
  /// Bytes asked for beyond what the run has used: one in so many.
  static let share: Int64 = 8
  /// Bytes before the end from which on the rest is asked for in one go: an index that stands at the end is read whole.
  static let tail: Int64 = 2 << 20
  /// Bytes that are rather read and passed over than jumped over, as a request costs more than they do.
  static let skip: Int64 = 128 << 10

  private let size: Int64
  /// The reader has said that it will not go beyond.
  private var limit: Int64?
  private var runStart: Int64 = 0
  private var runEnd: Int64 = 0

  init(size: Int64) {
    self.size = size
  }

  mutating func limit(to offset: Int64) {
    limit = offset
  }

  /// The end (exclusive) of the request that begins at `offset`, a multiple of the block size or the size.
  mutating func end(from offset: Int64) -> Int64 {
    if offset < runEnd || offset > runEnd + Self.skip {
      runStart = offset
      runEnd = offset
    }
    let used = runEnd - runStart
    var length = used == 0 ? Self.first : min(max(Self.least, used / Self.share), Self.most)
    if let limit, offset < limit {
      length = min(limit - offset, Self.mostKnown)
    } else if limit == nil, size - offset <= Self.tail {
      length = size - offset
    }
    let end = (offset + length + Self.blockSize - 1) / Self.blockSize * Self.blockSize
    runEnd = min(end, size)
    return runEnd
  }
}
