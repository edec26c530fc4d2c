import Demuxing
import CLibAV
import Synchronization
package import MediaTypes
import LibAV

/// What reading one clip leaves for the clip that follows it: a decoder that has seen everything before, so that what lies
/// between a key frame and the clip's beginning need not be decoded a second time.
///
/// `@unchecked Sendable`: it has one owner, who hands it on (`ClipSequence`).
package final class ClipContinuation: @unchecked Sendable {
  let decoder: Decoder
  let stream: CodedStream
  /// The last packet that was looked at.
  let last: PacketIdentity
  /// What is known of the packets up to there, and of those behind.
  let need: FrameUses
  /// What the decoder has put out for the clip that follows: the picture on screen at the end of the one before, and its
  /// successor.
  let pictures: [FramePass.Shown]

  init(
    decoder: Decoder, stream: CodedStream, last: PacketIdentity, need: FrameUses, pictures: [FramePass.Shown]
  ) {
    self.decoder = decoder
    self.stream = stream
    self.last = last
    self.need = need
    self.pictures = pictures
  }
}

/// Clips of one source, rendered one after another. Where one begins at the end of the one before, it goes on with that
/// one's decoder; the outputs do not depend on it.
package final class ClipSequence: Sendable {
  private let kept = Mutex<(clip: ClipRequest, continuation: ClipContinuation)?>(nil)

  package init() {}

  /// What the clip before left, where `request` follows it. Whatever was kept is kept no longer.
  package func take(for request: ClipRequest) -> ClipContinuation? {
    let last = kept.withLock { kept in
      defer { kept = nil }
      return kept
    }
    return last.flatMap { request.follows($0.clip) ? $0.continuation : nil }
  }

  package func keep(_ continuation: ClipContinuation, after clip: ClipRequest) {
    kept.withLock { $0 = (clip, continuation) }
  }
}

/// Tells a packet of a stream from all others, wherever the stream is read from. Times count from the first picture.
struct PacketIdentity: Equatable {
  let dts: Int64
  let pts: Int64?
  let size: Int

  /// `nil` where the container does not say when it is decoded.
  init?(_ packet: Packet) {
    guard let dts = packet.dts else { return nil }
    self.dts = dts
    pts = packet.pts
    size = packet.size
  }
}

/// What a decoder is made for.
struct CodedStream: Equatable {
  private let codec: UInt32
  private let width: Int32
  private let height: Int32
  private let timeBase: [Int32]
  private let header: [UInt8]

  init(_ stream: UnsafeMutablePointer<AVStream>) {
    let parameters = stream.pointee.codecpar.pointee
    codec = parameters.codec_id.rawValue
    (width, height) = (parameters.width, parameters.height)
    timeBase = [stream.pointee.time_base.num, stream.pointee.time_base.den]
    header = Array(UnsafeBufferPointer(start: parameters.extradata, count: Int(max(0, parameters.extradata_size))))
  }
}
