package import Core
package import MediaTypes

/// Whether a transport stream is scrambled (ISO/IEC 13818-1 §2.4.3.3), which libav reads over.
package enum TransportScrambling {
  package static let error = MediaError(.encrypted, "the video is encrypted: the transport stream is scrambled")

  private static let bytesLookedAt = 1 << 20
  private static let packetSizes = [188, 192, 204]

  /// Whether most packets of the beginning that carry anything are scrambled.
  package static func isScrambled(_ source: any ByteSource, format: String) throws -> Bool {
    guard format == "mpegts" else { return false }
    let bytes = try source.bytes(at: 0, count: bytesLookedAt)
    func isSync(_ at: Int) -> Bool { at >= bytes.count || bytes[at] == 0x47 }
    guard
      let (first, size) = (0..<min(1024, bytes.count)).lazy.compactMap({ first in
        packetSizes.first { size in (0..<8).allSatisfy { isSync(first + $0 * size) } }.map { (first, $0) }
      }).first
    else { return false }
    var (scrambled, clear) = (0, 0)
    for at in stride(from: first, to: bytes.count - 3, by: size) where bytes[at] == 0x47 {
      let id = Int(bytes[at + 1] & 31) << 8 | Int(bytes[at + 2])
      // Tables are never scrambled; below 32 there is nothing else, and 8191 is stuffing.
      guard id >= 32, id != 8191, bytes[at + 3] & 0x10 != 0 else { continue }
      if bytes[at + 3] & 0xc0 != 0 { scrambled += 1 } else { clear += 1 }
    }
    return scrambled > 4 && scrambled > clear
  }
}
