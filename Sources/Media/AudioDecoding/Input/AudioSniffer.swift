package import Core
package import LibAV
package import MediaTypes

/// A first look at a file of which only the beginning has arrived.
package enum AudioSniffer {
  /// Whether the beginning may be that of a file with audio. `true` if it cannot be told yet.
  ///
  /// - Parameter isWhole: there is no more of the file.
  package static func mayBeAudio(_ bytes: [UInt8], isWhole: Bool) -> Bool {
    // Behind a tag that is longer than this, anything may follow.
    if bytes.starts(with: Array("ID3".utf8)), !isWhole { return true }
    _ = LibAVLog.silenced
    guard let io = try? SourceIO(Beginning(bytes), cancellation: CancellationFlag()) else { return true }
    do {
      _ = try AudioContainer.identify(io)
      return true
    } catch {
      return false
    }
  }

  private final class Beginning: ByteSource {
    private let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var size: Int64 { Int64(bytes.count) }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
      let count = max(0, min(buffer.count, bytes.count - Int(offset)))
      guard count > 0 else { return 0 }
      bytes[Int(offset)..<(Int(offset) + count)].withUnsafeBytes { buffer.copyMemory(from: $0) }
      return count
    }

    func close() {}
  }
}
