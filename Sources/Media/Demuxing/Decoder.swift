import CLibAV
package import MediaTypes
package import LibAV

/// One video decoder.
package final class Decoder {
  private let context: DecoderContext

  private let crop: FrameCrop?
  private var orientation = CodedOrientation()
  private let canvas: WebPCanvas?

  /// For the video stream of `demuxer`.
  ///
  /// - Parameter threads: decoder threads; 1 decodes on the caller's thread.
  package init(_ demuxer: Demuxer, threads: Int) throws(MediaError) {
    crop = demuxer.facts.crop
    canvas = demuxer.animation.map { WebPCanvas($0) }
    context = try DecoderContext(demuxer.stream, subject: "the video's codec", threads: threads)
  }

  /// Frees the decoder, which must not be used any more; pictures taken from it stay.
  package func close() { context.close() }

  /// Whether any data so far could not be decoded.
  package var sawDamage: Bool { context.failures > 0 }

  package typealias Output = DecoderContext.Output

  /// What may be skipped for a picture, all of it only where no other picture refers to this one.
  package enum Treatment {
    case exact
    /// Block edges are not smoothed: the in-loop filter is left out.
    case unfiltered
    /// This picture itself is not needed.
    case droppable
  }

  /// Leaves the in-loop filter out of every picture, those that others refer to included: errors then add up until the
  /// next key frame. Only for pictures that are made many times smaller.
  package var leavesOutFilter = false

  /// Gives the decoder one packet, or with `nil` the end of the stream. Every frame must have been taken before.
  package func send(_ packet: Packet?, _ treatment: Treatment = .exact) throws(MediaError) {
    context.raw.pointee.skip_frame = treatment == .droppable ? AVDISCARD_NONREF : AVDISCARD_DEFAULT
    context.raw.pointee.skip_loop_filter =
      leavesOutFilter ? AVDISCARD_ALL : treatment == .unfiltered ? AVDISCARD_NONREF : AVDISCARD_DEFAULT
    try context.send(packet)
  }

  /// Takes the next picture. Damaged data is passed over, as players do, and remembered in `sawDamage`.
  package func receive(into frame: Frame) throws(MediaError) -> Output {
    let output = try context.receive(into: frame)
    if output == .frame {
      orientation.follow(frame)
      crop?.apply(to: frame)
      if let canvas { try canvas.complete(frame) }
    }
    return output
  }

  /// Whether pictures may come out in another order than packets go in, as far as the decoder knows.
  package var reorders: Bool { context.raw.pointee.has_b_frames > 0 }

  /// Forgets everything, as after a seek.
  package func flush() { context.flush() }

  /// Pictures that depend on missing ones are shown too, as far as they could be decoded.
  package var showsDamaged: Bool {
    get { context.raw.pointee.flags & AV_CODEC_FLAG_OUTPUT_CORRUPT != 0 }
    set {
      if newValue {
        context.raw.pointee.flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT
      } else {
        context.raw.pointee.flags &= ~AV_CODEC_FLAG_OUTPUT_CORRUPT
      }
    }
  }
}
