import CMD5

/// The MD5 (RFC 1321) of bytes that arrive in pieces. One owner at a time; not `Sendable`.
///
/// A store digests all that it stores, which is a quarter of the work of storing it: several streams are digested side by
/// side, two in the time of one and three in little more.
package final class MD5Stream {
  /// What is known of a stream: bytes to be digested, each piece where the one before ends.
  package typealias Work = (stream: MD5Stream, pieces: [UnsafeRawBufferPointer])

  /// How many streams are digested side by side.
  package static let sideBySide = Int(CMD5_LANES)

  private static let blockSize = 64
  private let state: UnsafeMutablePointer<UInt32>
  /// The begun block.
  private let rest: UnsafeMutableRawPointer
  private var restCount = 0
  private var length: UInt64 = 0
  private var isFinal = false

  package init() {
    state = .allocate(capacity: 4)
    state.initialize(repeating: 0, count: 4)
    rest = .allocate(byteCount: Self.blockSize, alignment: 16)
    (state[0], state[1], state[2], state[3]) = (0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476)
  }

  deinit {
    state.deallocate()
    rest.deallocate()
  }

  package func update(_ bytes: UnsafeRawBufferPointer) { Self.update([(self, [bytes])]) }

  package func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// The digest of everything fed so far. To be called once; nothing may be fed afterwards.
  package func finalize() -> [UInt8] {
    let bits = (length &* 8).littleEndian
    let zeros = (Self.blockSize * 2 - 9 - restCount) % Self.blockSize
    update([0x80] + [UInt8](repeating: 0, count: zeros) + withUnsafeBytes(of: bits) { [UInt8]($0) })
    isFinal = true
    return (0..<4).flatMap { word in withUnsafeBytes(of: state[word].littleEndian) { [UInt8]($0) } }
  }

  /// Feeds several streams, side by side.
  ///
  /// - Parameter work: at most one entry for a stream.
  package static func update(_ work: [Work]) {
    var waiting = work.makeIterator()
    var lanes: [Lane] = []
    lanes.reserveCapacity(sideBySide)
    while true {
      lanes.removeAll { !$0.hasBlocks }
      while lanes.count < sideBySide, let next = waiting.next() {
        let lane = Lane(next)
        if lane.hasBlocks { lanes.append(lane) }
      }
      guard !lanes.isEmpty else { return }
      advance(&lanes)
    }
  }

  /// As far as all of them have blocks in one piece.
  private static func advance(_ lanes: inout [Lane]) {
    let count = lanes.reduce(Int.max) { min($0, $1.blocks.count / blockSize) }
    withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<UInt32>?.self, capacity: lanes.count) { states in
      withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: lanes.count) { data in
        for (index, lane) in lanes.enumerated() {
          states.initializeElement(at: index, to: lane.stream.state)
          data.initializeElement(at: index, to: lane.blocks.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        cmd5_advance(states.baseAddress, data.baseAddress, Int32(lanes.count), count)
      }
    }
    for index in lanes.indices { lanes[index].drop(count * blockSize) }
  }

  /// A stream on its way through its pieces.
  private struct Lane {
    let stream: MD5Stream
    /// Whole blocks in one piece; none at the end.
    private(set) var blocks = UnsafeRawBufferPointer(start: nil, count: 0)
    private var piece = UnsafeRawBufferPointer(start: nil, count: 0)
    private var pieces: [UnsafeRawBufferPointer].Iterator

    init(_ work: Work) {
      precondition(!work.stream.isFinal, "digest updated after it was finalized")
      stream = work.stream
      pieces = work.pieces.makeIterator()
      take()
    }

    var hasBlocks: Bool { !blocks.isEmpty }

    mutating func drop(_ count: Int) {
      blocks = UnsafeRawBufferPointer(rebasing: blocks.dropFirst(count))
      if blocks.isEmpty { take() }
    }

    /// Looks for the next blocks; what does not fill one is kept for later pieces.
    private mutating func take() {
      while true {
        if piece.isEmpty {
          guard let next = pieces.next() else { return }
          piece = next
          stream.length &+= UInt64(piece.count)
          continue
        }
        if stream.restCount == 0, piece.count >= blockSize {
          let whole = piece.count / blockSize * blockSize
          blocks = UnsafeRawBufferPointer(rebasing: piece.prefix(whole))
          piece = UnsafeRawBufferPointer(rebasing: piece.dropFirst(whole))
          return
        }
        let count = min(blockSize - stream.restCount, piece.count)
        (stream.rest + stream.restCount).copyMemory(from: piece.baseAddress!, byteCount: count)
        piece = UnsafeRawBufferPointer(rebasing: piece.dropFirst(count))
        stream.restCount += count
        if stream.restCount == blockSize {
          // It is digested before anything else is put there.
          stream.restCount = 0
          blocks = UnsafeRawBufferPointer(start: stream.rest, count: blockSize)
          return
        }
      }
    }
  }
}
