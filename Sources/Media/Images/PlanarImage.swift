/// Planes of luma and two chroma, 8 bits, 4:2:0, reused from frame to frame.
package final class PlanarImage {
  package let width: Int
  package let height: Int
  package let lumaStride: Int
  package let chromaStride: Int
  package var chromaWidth: Int { (width + 1) / 2 }
  package var chromaHeight: Int { (height + 1) / 2 }
  package let y: UnsafeMutablePointer<UInt8>
  package let u: UnsafeMutablePointer<UInt8>
  package let v: UnsafeMutablePointer<UInt8>
  private let memory: UnsafeMutableRawPointer

  /// The encoder takes a luma sample for each half of a chroma sample: planes of odd size have a column and a row more.
  ///
  /// Rows are padded to 32 bytes and a little more, as vector code reads and writes past their ends.
  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
    lumaStride = (width + 63) / 32 * 32
    chromaStride = ((width + 1) / 2 + 63) / 32 * 32
    let luma = lumaStride * (height + height % 2)
    let chroma = chromaStride * ((height + 1) / 2)
    memory = .allocate(byteCount: luma + 2 * chroma + 64, alignment: 64)
    y = memory.assumingMemoryBound(to: UInt8.self)
    u = y + luma
    v = u + chroma
  }

  deinit { memory.deallocate() }
}
