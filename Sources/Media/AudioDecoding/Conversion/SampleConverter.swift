package import CLibAV
import CLibSWResample
package import LibAV
package import MediaTypes

/// Turns decoded samples into those of one layout: resampled, mixed and converted as far as they differ.
///
/// The layout of the input may change on the way, as in chained streams.
package final class SampleConverter {
  package let output: SampleLayout
  private var input: SampleLayout?
  private var context: OpaquePointer?
  private let buffer: SampleBuffer

  package init(to output: SampleLayout) {
    self.output = output
    buffer = SampleBuffer(output)
  }

  deinit { swr_free(&context) }

  /// Gives each block of converted samples to `body`: the planes and the number of samples in each.
  ///
  /// - Parameter frame: `nil` at the end, when what the resampler still holds comes out.
  package func convert(_ frame: Frame?, _ body: ([UnsafeMutablePointer<UInt8>?], Int) throws -> Void) throws {
    guard let frame else {
      if context != nil { try drain(body) }
      return
    }
    let layout = SampleLayout(frame.raw.pointee)
    if layout == output {
      let planes = (0..<output.planes).map { zt_samples(frame.raw)[$0] }
      return try body(planes, Int(frame.raw.pointee.nb_samples))
    }
    if layout != input {
      if context != nil { try drain(body) }
      try open(layout)
    }
    let count = frame.raw.pointee.nb_samples
    try buffer.reserve(Int(swr_get_out_samples(context, count)) + 32)
    let made = buffer.planes.withUnsafeBufferPointer { planes in
      UnsafeMutablePointer(mutating: planes.baseAddress!).withMemoryRebound(
        to: UnsafeMutablePointer<UInt8>?.self, capacity: planes.count
      ) { out in
        zt_samples(frame.raw)!.withMemoryRebound(to: UnsafePointer<UInt8>?.self, capacity: layout.planes) { samples in
          swr_convert(context, out, swr_get_out_samples(context, count), samples, count)
        }
      }
    }
    if made < 0 { throw MediaError(.decodeFailed, "resampling failed: \(LibAVError(made))") }
    if made > 0 { try body(buffer.planes, Int(made)) }
  }

  private func open(_ layout: SampleLayout) throws(MediaError) {
    swr_free(&context)
    var (from, to) = (layout.channels.raw, output.channels.raw)
    var status = swr_alloc_set_opts2(
      &context, &to, output.format, Int32(output.rate), &from, layout.format, Int32(layout.rate), 0, nil)
    if status >= 0 { status = swr_init(context) }
    guard status >= 0 else {
      throw MediaError(.decodeFailed, "the audio cannot be resampled: \(LibAVError(status))")
    }
    input = layout
  }

  private func drain(_ body: ([UnsafeMutablePointer<UInt8>?], Int) throws -> Void) throws {
    try buffer.reserve(4096)
    while true {
      let made = buffer.planes.withUnsafeBufferPointer { planes in
        swr_convert(context, UnsafeMutablePointer(mutating: planes.baseAddress!), 4096, nil, 0)
      }
      guard made > 0 else { break }
      try body(buffer.planes, Int(made))
    }
    swr_free(&context)
    input = nil
  }
}
