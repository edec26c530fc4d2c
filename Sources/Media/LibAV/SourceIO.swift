package import CLibAV
package import MediaTypes
package import Core

/// libav's view of a `ByteSource`: the only bytes that a demuxer sees.
///
/// An error of the source is kept here while libav unwinds with its own code, so that it can be thrown unchanged.
package final class SourceIO {
  package let source: any ByteSource
  private let cancellation: CancellationFlag
  private var position: Int64 = 0
  package private(set) var failure: (any Error)?
  package private(set) var bytesRead: Int64 = 0
  package private(set) var context: UnsafeMutablePointer<AVIOContext>!

  package init(_ source: any ByteSource, cancellation: CancellationFlag, bufferSize: Int = 64 << 10) throws {
    self.source = source
    self.cancellation = cancellation
    let buffer = av_malloc(bufferSize)
    let opaque = Unmanaged.passUnretained(self).toOpaque()
    context = avio_alloc_context(
      buffer?.assumingMemoryBound(to: UInt8.self), Int32(bufferSize), 0, opaque,
      { opaque, buffer, count in
        Unmanaged<SourceIO>.fromOpaque(opaque!).takeUnretainedValue().read(buffer!, Int(count))
      }, nil,
      { opaque, offset, whence in
        Unmanaged<SourceIO>.fromOpaque(opaque!).takeUnretainedValue().seek(offset, whence)
      })
    if context == nil {
      av_free(buffer)
      throw MediaError(.invalidMedia, "no memory to read the source")
    }
  }

  deinit {
    if context != nil {
      av_freep(&context.pointee.buffer)
      avio_context_free(&context)
    }
  }

  /// Throws what the source threw, or the cancellation, since the last call.
  package func rethrow() throws {
    try cancellation.check()
    if let failure { throw failure }
  }

  private func read(_ buffer: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
    if cancellation.isCancelled || failure != nil { return zt_error_exit }
    let wanted = Int(min(Int64(count), source.size - position))
    if wanted <= 0 { return zt_error_eof }
    do {
      let got = try source.read(at: position, into: UnsafeMutableRawBufferPointer(start: buffer, count: wanted))
      if got == 0 { return zt_error_eof }
      position += Int64(got)
      bytesRead += Int64(got)
      return Int32(got)
    } catch {
      failure = error
      return zt_error_io
    }
  }

  private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
    switch whence & ~AVSEEK_FORCE {
    case AVSEEK_SIZE: return source.size == .max ? Int64(zt_error_not_supported) : source.size
    case SEEK_SET: position = offset
    case SEEK_CUR: position += offset
    case SEEK_END where source.size < .max: position = source.size + offset
    default: return Int64(zt_error_io)
    }
    if position < 0 {
      position = 0
      return Int64(zt_error_io)
    }
    return position
  }
}
