package import CLibAV
package import MediaTypes

/// Memory for samples of one layout; grows to what was asked for.
package final class SampleBuffer {
  package let layout: SampleLayout
  package private(set) var planes: [UnsafeMutablePointer<UInt8>?]
  /// Samples per channel that are in it.
  package var count = 0
  private var capacity = 0

  package init(_ layout: SampleLayout) {
    self.layout = layout
    planes = Array(repeating: nil, count: layout.planes)
  }

  deinit { planes.forEach { av_free($0) } }

  /// Makes room for `count` samples; what was in it is lost if it has to grow.
  package func reserve(_ count: Int) throws(MediaError) {
    guard count > capacity else { return }
    for index in planes.indices {
      av_free(planes[index])
      // libav's vector code may touch a little more than it was asked to.
      planes[index] = av_malloc(count * layout.stride + 256)?.assumingMemoryBound(to: UInt8.self)
      if planes[index] == nil { throw MediaError(.decodeFailed, "no memory for \(count) samples") }
    }
    capacity = count
  }
}
