package import CLibAV
package import MediaTypes

/// One decoded picture: a counted reference to the decoder's own planes, never written to.
package final class Frame: @unchecked Sendable {
  package let raw: UnsafeMutablePointer<AVFrame>

  package init() throws(MediaError) {
    guard let raw = av_frame_alloc() else { throw MediaError(.decodeFailed, "no memory for a frame") }
    self.raw = raw
  }

  deinit {
    var raw: UnsafeMutablePointer<AVFrame>? = raw
    av_frame_free(&raw)
  }

  package var width: Int { Int(raw.pointee.width) }
  package var height: Int { Int(raw.pointee.height) }
  package var format: AVPixelFormat { AVPixelFormat(raw.pointee.format) }
  /// Presentation time in the stream's time base, as the container has it; otherwise as `time`.
  package var statedTime: Int64? { raw.pointee.pts == zt_no_timestamp ? time : raw.pointee.pts }

  /// Presentation time in the stream's time base, guessed by libavcodec where the container has none, or wrong ones.
  package var time: Int64? {
    let best = raw.pointee.best_effort_timestamp
    return best == zt_no_timestamp ? nil : best
  }
}
