import LibAV
import MediaTypes

/// Frames of FLAC one behind the other, numbered as in the whole file, so that files of parts are joined as they are.
final class FLACFrameFile {
  private let sink: any AudioSink
  private var number: Int
  private var sizes = PacketSizes()
  private var pending: [UInt8] = []

  /// - Parameter first: number of the first frame.
  init(_ sink: any AudioSink, first: Int) {
    self.sink = sink
    number = first
  }

  /// An encoder's last packet holds nothing but the new header; it is left out.
  func write(_ packet: Packet) throws {
    guard packet.size > 0 else { return }
    let frame = try FLACJoiner.renumbered(Array(packet.bytes), number)
    number += 1
    sizes.add(CodedPacket(bytes: frame, duration: packet.duration))
    pending += frame
    if pending.count >= 256 << 10 { try flush() }
  }

  /// - Returns: bytes of the smallest and the largest frame.
  func finish() throws -> ClosedRange<Int>? {
    try flush()
    return sizes.range
  }

  private func flush() throws {
    try sink.write(pending)
    pending.removeAll(keepingCapacity: true)
  }
}
