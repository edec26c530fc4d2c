package import Core

/// A clip as a file of its own: its header, then the original file up to the clip's end.
///
/// Where no sample lies there are zeros: the demuxer reads over short gaps rather than seek, and nothing is fetched for
/// that.
package final class SplicedSource: ByteSource {
  private let header: ClipHeader
  private let original: any ByteSource

  package init(_ header: ClipHeader, _ original: any ByteSource) {
    self.header = header
    self.original = original
  }

  package var size: Int64 { Int64(header.boxes.count) + (header.extents.last?.upperBound ?? 0) }

  package func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let position = offset - Int64(header.boxes.count)
    guard position < 0 else { return try readOriginal(at: position, into: buffer) }
    let available = header.boxes[Int(offset)...].prefix(buffer.count)
    available.withUnsafeBytes { buffer.copyMemory(from: $0) }
    return available.count
  }

  private func readOriginal(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let extent = header.extents.first(where: { position < $0.upperBound }) else { return 0 }
    guard position >= extent.lowerBound else {
      let gap = buffer[..<min(buffer.count, Int(extent.lowerBound - position))]
      UnsafeMutableRawBufferPointer(rebasing: gap).initializeMemory(as: UInt8.self, repeating: 0)
      return gap.count
    }
    original.limitReadAhead(to: extent.upperBound)
    let count = min(buffer.count, Int(extent.upperBound - position))
    return try original.read(at: position, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
  }

  package func close() { original.close() }
}
