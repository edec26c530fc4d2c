/// Takes a clip's outputs as they are made.
///
/// Called from the renderer's own threads, one call at a time per method. A call that blocks holds the renderer back, so
/// that memory stays bounded; a call that throws cancels the render, which then throws that error unchanged.
package protocol ClipSink: Sendable {
  /// - Parameter number: from 1; the picture on screen at `start + number − 1` seconds.
  func still(number: Int, jpeg: [UInt8]) throws

  /// A small picture of that still, for a storyboard; only if the request asks for tiles. Default: not used.
  func tile(number: Int, jpeg: [UInt8]) throws

  /// The whole animation, once.
  func gif(_ bytes: [UInt8]) throws
}

extension ClipSink {
  package func tile(number: Int, jpeg: [UInt8]) throws {}
}
