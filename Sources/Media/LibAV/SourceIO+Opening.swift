package import CLibAV
package import MediaTypes

/// What became of an attempt to read a container's header.
package enum ContainerOpening {
  case opened(UnsafeMutablePointer<AVFormatContext>)
  case failed(LibAVError)
}

extension SourceIO {
  /// Opens the source as a container, which leads to no other file and to no address.
  ///
  /// - Parameter prepare: sets what else is to be set before the header is read.
  /// - Throws: `MediaError` without memory; errors of the source unchanged.
  package func open(
    as format: UnsafePointer<AVInputFormat>, limits: MediaLimits,
    prepare: (UnsafeMutablePointer<AVFormatContext>) -> Void = { _ in }
  ) throws -> ContainerOpening {
    guard let allocated = avformat_alloc_context() else { throw MediaError(.invalidMedia, "no memory to open") }
    zt_refuse_other_sources(allocated)
    allocated.pointee.pb = context
    allocated.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
    allocated.pointee.max_streams = Int32(limits.maximumStreams)
    allocated.pointee.probesize = limits.probeBytes
    allocated.pointee.max_analyze_duration = 10_000_000
    prepare(allocated)
    // On failure libav frees the context itself.
    var opening: UnsafeMutablePointer<AVFormatContext>? = allocated
    let status = avformat_open_input(&opening, "", format, nil)
    do {
      try rethrow()
    } catch {
      avformat_close_input(&opening)
      throw error
    }
    guard status >= 0, let opened = opening else { return .failed(LibAVError(status)) }
    return .opened(opened)
  }
}
