import CLibAV
import MediaTypes
import Core
import LibAV

/// An open container with its one video stream chosen; all other streams are discarded at the source.
final class Demuxer {
  private var context: UnsafeMutablePointer<AVFormatContext>?
  let io: SourceIO
  let stream: UnsafeMutablePointer<AVStream>
  let formatName: String
  private let streamIndex: Int32
  /// All other packets are passed over.
  var readsOnlyKeyFrames = false

  /// How much is found out about the streams.
  enum Analysis {
    /// Reads and parses the first pictures.
    case full
    /// Only what the header says, where the container's header says everything that decoding needs.
    case headerOnly
  }

  /// How the source may be read.
  enum Reading {
    /// Anything at any time.
    case anywhere
    /// In order as far as possible: what is not there yet is waited for, or costs a request.
    case whileArriving
    /// In order and once.
    case once
  }

  init(
    _ source: any ByteSource, analysis: Analysis, limits: MediaLimits, cancellation: CancellationFlag,
    reading: Reading = .anywhere
  ) throws {
    _ = LibAVLog.silenced
    if source.size == 0 { throw MediaError(.emptyFile, "the file is empty") }
    io = try SourceIO(source, cancellation: cancellation)
    let format = try ContainerFormat.identify(io, limits: limits)
    formatName = format.name

    guard let allocated = avformat_alloc_context() else { throw MediaError(.invalidMedia, "no memory to open") }
    zt_refuse_other_sources(allocated)
    allocated.pointee.pb = io.context
    allocated.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
    allocated.pointee.max_streams = Int32(limits.maximumStreams)
    allocated.pointee.probesize = limits.probeBytes
    allocated.pointee.max_analyze_duration = 10_000_000
    if reading != .anywhere {
      // The demuxer begins with the first samples instead of looking for further indexes to the end of the file.
      allocated.pointee.flags |= AVFMT_FLAG_IGNIDX
      allocated.pointee.fps_probe_size = 3
      allocated.pointee.max_analyze_duration = 500_000
    }
    if reading == .once { io.context.pointee.seekable = 0 }
    // On failure libav frees the context itself.
    var opening: UnsafeMutablePointer<AVFormatContext>? = allocated
    let status = avformat_open_input(&opening, "", format.raw, nil)
    try io.rethrow()
    guard status >= 0, let opened = opening else {
      throw try ContainerFormat.openFailure(format, io: io, code: LibAVError(status))
    }
    context = opened
    do {
      if analysis == .full || !StreamChoice.headerSuffices(opened, format: format) {
        let status = avformat_find_stream_info(opened, nil)
        try io.rethrow()
        if status < 0 {
          throw MediaError(.invalidMedia, "the file cannot be read as \(format.title): \(LibAVError(status))")
        }
      }
      let chosen = try StreamChoice.videoStream(of: opened, format: format, limits: limits)
      streamIndex = Int32(chosen)
      stream = opened.pointee.streams[chosen]!
      for index in 0..<Int(opened.pointee.nb_streams) where index != chosen {
        opened.pointee.streams[index]!.pointee.discard = AVDISCARD_ALL
      }
    } catch {
      avformat_close_input(&context)
      throw error
    }
  }

  deinit { avformat_close_input(&context) }

  var raw: UnsafeMutablePointer<AVFormatContext> { context! }
  var timeBase: AVRational { stream.pointee.time_base }
  var isMOV: Bool { formatName.hasPrefix("mov,") }
  /// Made of packets that find their own way from any byte, timed as a stream and without an index.
  var canEnterAnywhere: Bool { formatName == "mpegts" || formatName == "mpeg" }
  /// Pictures per second as the container states or implies it; 0 where unknown.
  var frameRate: Double {
    let average = av_q2d(stream.pointee.avg_frame_rate)
    if average.isFinite, average > 0 { return average }
    let base = av_q2d(stream.pointee.r_frame_rate)
    return base.isFinite && base > 0 ? base : 0
  }

  /// Ticks between two pictures at the stated rate; at least 1.
  var ticksPerFrame: Int64 {
    let rate = frameRate > 0 ? frameRate : 25
    return max(1, Int64((1 / (rate * av_q2d(timeBase))).rounded()))
  }
  /// Elementary streams have no times to seek by.
  var canSeek: Bool { raw.pointee.iformat.pointee.flags & AVFMT_NOTIMESTAMPS == 0 }

  /// Reads the video stream's next packet.
  ///
  /// - Returns: `false` at the end, which is also where the rest cannot be read.
  /// - Throws: errors of the source unchanged, or `Cancelled`.
  func read(into packet: Packet) throws -> Bool {
    // A container may hold long runs of other streams' packets and, where damaged, of unreadable ones.
    var failures = 0
    while true {
      av_packet_unref(packet.raw)
      let status = av_read_frame(raw, packet.raw)
      try io.rethrow()
      if status >= 0 {
        guard packet.raw.pointee.stream_index == streamIndex else { continue }
        if !readsOnlyKeyFrames || packet.isKey { return true }
      } else if status == zt_error_eof || status == zt_error_exit || failures >= 16 {
        return false
      } else if status == zt_error_no_memory {
        throw MediaError(.decodeFailed, "no memory to read a packet")
      } else {
        failures += 1
        if raw.pointee.pb.pointee.eof_reached != 0 { return false }
      }
    }
  }

  /// Tells the source where the packets end that are decoded before `time` (stream time base), where the container's index
  /// says so: reading on then takes few large requests instead of many careful ones.
  ///
  /// - Parameter lookAhead: packets that are read beyond.
  func expectReading(until time: Int64, lookAhead: Int) {
    guard isMOV else { return }
    let found = av_index_search_timestamp(stream, time, AVSEEK_FLAG_ANY)
    let last = avformat_index_get_entries_count(stream) - 1
    guard found >= 0, last >= 0, let entry = avformat_index_get_entry(stream, min(found + Int32(lookAhead), last))
    else {
      return
    }
    io.source.limitReadAhead(to: entry.pointee.pos + Int64(entry.pointee.size))
  }

  /// Seeks to the last key frame at or before `time` (stream time base), or with `exact` to any picture.
  func seek(to time: Int64, exact: Bool = false) throws -> Bool {
    let flags = AVSEEK_FLAG_BACKWARD | (exact ? AVSEEK_FLAG_ANY : 0)
    let status = av_seek_frame(raw, streamIndex, time, flags)
    try io.rethrow()
    return status >= 0
  }

  /// Goes to a byte of the file; containers made of self-contained packets find their way from there.
  func seek(toByte offset: Int64) throws -> Bool {
    let status = av_seek_frame(raw, -1, offset, AVSEEK_FLAG_BYTE)
    try io.rethrow()
    return status >= 0
  }
}
