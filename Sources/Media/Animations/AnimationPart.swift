package import Core

/// A run of video that is decoded by itself: a whole file, or what stands between two breaks of a stream.
package struct AnimationPart {
  package var source: any ByteSource
  /// When it begins on the time line of the whole, in seconds; `nil` where the part before ends.
  package var begin: Double?
  /// The source is read in order, and only once: what has no index of its own.
  package var isForwardOnly: Bool

  package init(source: any ByteSource, begin: Double? = nil, isForwardOnly: Bool) {
    self.source = source
    self.begin = begin
    self.isForwardOnly = isForwardOnly
  }
}
