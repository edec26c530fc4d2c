import CLibAV
import Core
import LibAV
import MediaTypes

/// Encoded packets one behind the other: four bytes of size, four of duration (both big endian), the bytes.
enum PacketFile {
  final class Writer {
    private let sink: any AudioSink
    private var pending: [UInt8] = []

    init(_ sink: any AudioSink) { self.sink = sink }

    /// An encoder's last packet of FLAC holds nothing but the new header; it is left out.
    func write(_ packet: Packet) throws {
      guard packet.size > 0 else { return }
      pending.append(number: UInt32(packet.size))
      pending.append(number: UInt32(truncatingIfNeeded: packet.duration))
      pending.append(contentsOf: packet.bytes)
      if pending.count >= 256 << 10 { try flush() }
    }

    func finish() throws { try flush() }

    private func flush() throws {
      try pending.withUnsafeBytes { try sink.write($0) }
      pending.removeAll(keepingCapacity: true)
    }
  }

  /// - Throws: `MediaError` `Truncated`; errors of `source` unchanged.
  static func packets(of source: any ByteSource) throws -> [CodedPacket] {
    var bytes = [UInt8](repeating: 0, count: Int(source.size))
    var filled = 0
    while filled < bytes.count {
      let count = try bytes.withUnsafeMutableBytes { buffer in
        try source.read(at: Int64(filled), into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      }
      guard count > 0 else { throw Self.truncated }
      filled += count
    }
    var packets: [CodedPacket] = []
    var position = 0
    while position < bytes.count {
      guard position + 8 <= bytes.count else { throw Self.truncated }
      let (size, duration) = (bytes.number(at: position), bytes.number(at: position + 4))
      let end = position + 8 + size
      guard end <= bytes.count else { throw Self.truncated }
      packets.append(CodedPacket(bytes: Array(bytes[(position + 8)..<end]), duration: Int64(duration)))
      position = end
    }
    return packets
  }

  private static let truncated = MediaError(.truncated, "a part of the file ends early")
}

extension [UInt8] {
  fileprivate mutating func append(number: UInt32) {
    for shift in stride(from: UInt32(24), through: 0, by: -8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  fileprivate func number(at position: Int) -> Int { self[position..<(position + 4)].reduce(0) { $0 << 8 | Int($1) } }
}
