import CLibAV
import LibAV
import MediaTypes

/// libav's view of an `AudioSink`. An error of the sink is kept while libav unwinds, so that it can be thrown unchanged.
final class SinkIO {
  private let sink: any AudioSink
  private var position: Int64 = 0
  private var end: Int64 = 0
  private var failure: (any Error)?
  private(set) var context: UnsafeMutablePointer<AVIOContext>!

  /// - Parameter isPatched: Lets the muxer go back, which the sink must be able to do.
  init(_ sink: any AudioSink, isPatched: Bool) throws {
    self.sink = sink
    let opaque = Unmanaged.passUnretained(self).toOpaque()
    let seek: (@convention(c) (UnsafeMutableRawPointer?, Int64, Int32) -> Int64) = { opaque, offset, whence in
      Unmanaged<SinkIO>.fromOpaque(opaque!).takeUnretainedValue().seek(offset, whence)
    }
    context = zt_open_output(
      64 << 10, opaque,
      { opaque, bytes, count in
        Unmanaged<SinkIO>.fromOpaque(opaque!).takeUnretainedValue().write(bytes!, Int(count))
      }, isPatched ? seek : nil)
    if context == nil { throw MediaError(.encodeFailed, "no memory to write") }
  }

  deinit {
    if context != nil {
      av_freep(&context.pointee.buffer)
      avio_context_free(&context)
    }
  }

  func flush() throws {
    avio_flush(context)
    try rethrow()
  }

  func rethrow() throws {
    if let failure { throw failure }
  }

  private func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    if failure != nil { return zt_error_exit }
    let block = UnsafeRawBufferPointer(start: bytes, count: count)
    do {
      let inside = Int(min(Int64(count), end - position))
      if inside > 0, let sink = sink as? any PatchableSink {
        try sink.overwrite(UnsafeRawBufferPointer(rebasing: block[..<inside]), at: position)
      }
      if inside < count { try sink.write(UnsafeRawBufferPointer(rebasing: block[max(0, inside)...])) }
      position += Int64(count)
      end = max(end, position)
      return Int32(count)
    } catch {
      failure = error
      return zt_error_io
    }
  }

  private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
    switch whence & ~AVSEEK_FORCE {
    case AVSEEK_SIZE: return end
    case SEEK_SET: position = offset
    case SEEK_CUR: position += offset
    case SEEK_END: position = end + offset
    default: return Int64(zt_error_io)
    }
    // A hole would have to be filled; no muxer of ours makes one.
    if position < 0 || position > end { return Int64(zt_error_io) }
    return position
  }
}
