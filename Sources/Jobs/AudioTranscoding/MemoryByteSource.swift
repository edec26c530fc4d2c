import Core

/// Bytes in memory as a source of audio.
package final class MemoryByteSource: ByteSource {
  private let bytes: ArraySlice<UInt8>

  package init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  package var size: Int64 { Int64(bytes.count) }

  package func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = Int(max(0, min(Int64(buffer.count), size - offset)))
    guard count > 0 else { return 0 }
    let start = bytes.startIndex + Int(offset)
    bytes[start..<(start + count)].withUnsafeBytes { buffer.copyMemory(from: $0) }
    return count
  }

  package func close() {}
}
