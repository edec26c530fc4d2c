import Demuxing
import MediaTypes
import LibAV

/// Packets ahead of the decoder. Their times count from the video's first picture, where that is known.
struct PacketWindow {
  private var packets: [Packet] = []
  private var head = 0
  private var given: ArraySlice<Packet>
  private var isAtEnd = false
  private let demuxer: Demuxer
  private let origin: Int64?
  private let length: Int

  /// - Parameters:
  ///   - given: read from `demuxer` before.
  ///   - origin: the time of the video's first picture as the demuxer tells it.
  init(_ given: [Packet], _ demuxer: Demuxer, origin: Int64?, length: Int) {
    self.length = length
    self.given = given[...]
    self.demuxer = demuxer
    self.origin = origin
  }

  private var count: Int { packets.count - head }

  mutating func fill(_ learn: (Packet) -> Void) throws {
    while count < length, !isAtEnd {
      let packet: Packet
      if let first = given.popFirst() {
        packet = first
      } else {
        packet = try Packet()
        guard try demuxer.read(into: packet) else {
          isAtEnd = true
          return
        }
      }
      if let origin { packet.countTimes(from: origin) }
      learn(packet)
      packets.append(packet)
    }
  }

  mutating func next() -> Packet? {
    guard head < packets.count else { return nil }
    let packet = packets[head]
    head += 1
    if head >= 64 {
      packets.removeFirst(head)
      head = 0
    }
    return packet
  }

  /// Whether everything that is still to come is shown after `tick`.
  func onlyAfter(_ tick: Int64) -> Bool {
    guard origin != nil, count > 0 else { return false }
    return packets[head...].allSatisfy { packet in packet.pts.map { $0 > tick } ?? false }
  }
}
