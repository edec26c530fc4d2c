package import CLibAV
package import Core
package import LibAV
package import MediaTypes

/// An open file with one audio stream chosen; every other stream is discarded at the source.
///
/// Reading blocks, so it belongs on a thread of its own. One reader at a time.
package final class AudioInput {
  package let facts: AudioFacts
  package let tags: AudioTags
  package let io: SourceIO
  package let stream: UnsafeMutablePointer<AVStream>
  private var context: UnsafeMutablePointer<AVFormatContext>?
  private let index: Int32

  /// - Parameter countsSamples: Finds the exact number of samples, even if that takes a pass over all packets. Without it
  ///   `facts.samples` is known only if the header says it.
  /// - Throws: `MediaError` if the source is not audio that can be decoded; errors of `source` unchanged.
  package init(
    _ source: any ByteSource, limits: MediaLimits = MediaLimits(), countsSamples: Bool = false,
    cancellation: CancellationFlag = CancellationFlag()
  ) throws {
    _ = LibAVLog.silenced
    if source.size == 0 { throw MediaError(.emptyFile, "the file is empty") }
    io = try SourceIO(source, cancellation: cancellation)
    let format = try AudioContainer.identify(io)
    let opened: UnsafeMutablePointer<AVFormatContext>
    switch try io.open(as: format, limits: limits) {
    case .opened(let container): opened = container
    case .failed(let code): throw MediaError(.invalidMedia, "the file cannot be read as audio: \(code)")
    }
    context = opened
    do {
      for number in 0..<Int(opened.pointee.nb_streams) where !AudioStreamChoice.isRead(opened.pointee.streams[number]!)
      {
        opened.pointee.streams[number]!.pointee.discard = AVDISCARD_ALL
      }
      let status = avformat_find_stream_info(opened, nil)
      try io.rethrow()
      if status < 0 { throw MediaError(.invalidMedia, "the file cannot be read as audio: \(LibAVError(status))") }
      let chosen = try AudioStreamChoice.best(of: opened)
      index = Int32(chosen)
      stream = opened.pointee.streams[chosen]!
      for number in 0..<Int(opened.pointee.nb_streams) where number != chosen {
        opened.pointee.streams[number]!.pointee.discard = AVDISCARD_ALL
      }
      tags = AudioTags(opened, stream: stream)
      facts = AudioFacts(opened, stream: stream, fileSize: source.size)
    } catch {
      avformat_close_input(&context)
      throw error
    }
  }

  deinit { avformat_close_input(&context) }

  package var isMOV: Bool { facts.container.hasPrefix("mov,") }
  package var timeBase: AVRational { stream.pointee.time_base }

  /// Reads the audio stream's next packet.
  ///
  /// - Returns: `false` at the end, which is also where the rest cannot be read.
  package func read(into packet: Packet) throws -> Bool {
    var failures = 0
    while true {
      av_packet_unref(packet.raw)
      let status = av_read_frame(context, packet.raw)
      try io.rethrow()
      if status >= 0 {
        if packet.raw.pointee.stream_index == index { return true }
      } else if status == zt_error_eof || status == zt_error_exit || failures >= 16 {
        return false
      } else if status == zt_error_no_memory {
        throw MediaError(.decodeFailed, "no memory to read a packet")
      } else {
        failures += 1
        if context!.pointee.pb.pointee.eof_reached != 0 { return false }
      }
    }
  }

  /// Seeks to the packet at or before `time` (stream time base).
  package func seek(to time: Int64) throws -> Bool {
    let status = av_seek_frame(context, index, time, AVSEEK_FLAG_BACKWARD)
    try io.rethrow()
    return status >= 0
  }

  /// Goes to a byte of the file at which a packet begins.
  package func seek(toByte position: Int64) throws -> Bool {
    let status = av_seek_frame(context, index, position, AVSEEK_FLAG_BYTE)
    try io.rethrow()
    return status >= 0
  }
}
