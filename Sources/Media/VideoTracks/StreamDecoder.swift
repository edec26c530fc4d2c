package import CLibAV
package import Demuxing
package import LibAV
package import MediaTypes

/// A decoder of any stream, pictures or sound.
package final class StreamDecoder {
  private let context: DecoderContext
  package var raw: UnsafeMutablePointer<AVCodecContext> { context.raw }

  private let crop: FrameCrop?
  private var orientation = CodedOrientation()

  /// - Parameters:
  ///   - crop: what is cut off the pictures.
  ///   - threads: 1 decodes on the caller's thread.
  package init(
    _ stream: UnsafeMutablePointer<AVStream>, crop: FrameCrop? = nil, threads: Int
  ) throws(MediaError) {
    self.crop = crop
    context = try DecoderContext(stream, subject: "the codec", threads: threads)
  }

  /// Gives the decoder one packet, or with `nil` the end. Damaged data is passed over, as players do.
  package func send(_ packet: Packet?) throws(MediaError) { try context.send(packet) }

  package typealias Output = DecoderContext.Output

  package func receive(into frame: Frame) throws(MediaError) -> Output {
    let output = try context.receive(into: frame)
    if output == .frame {
      orientation.follow(frame)
      crop?.apply(to: frame)
    }
    return output
  }

  /// Forgets everything, as after a seek.
  package func flush() { context.flush() }
}
