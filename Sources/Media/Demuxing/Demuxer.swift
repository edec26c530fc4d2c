package import CLibAV
package import MediaTypes
package import Core
package import LibAV

/// An open container with its one video stream chosen; all other streams are discarded at the source.
package final class Demuxer {
  private var context: UnsafeMutablePointer<AVFormatContext>?
  package let io: SourceIO
  package let stream: UnsafeMutablePointer<AVStream>
  package let formatName: String
  private let streamIndex: Int32
  /// All packets are skipped but those that decoding can begin with.
  package var readsOnlyEntries = false
  /// Tells which packets decoding can begin with.
  package let evidence: KeyFrameEvidence
  /// What the container says of the stream beyond what libav tells.
  package let facts: TrackFacts
  /// Presentation begins at the container's time 0, as an edit list says.
  package let startsAtZero: Bool
  /// What libav's demuxers do not read.
  package let animation: WebPAnimation?
  private var nextPart = 0
  /// How times that start again or jump are joined, if that is known. Otherwise they are joined in the order of reading,
  /// which is right if all is read from the beginning.
  package var timeline: JoinedTimeline?
  private var joiner: TimelineJoiner?
  private var position: Int64 = 0
  /// Streams whose first sound is not known yet.
  private var silent: Set<Int32> = []
  /// The earliest time of sound so far, in ticks of the video stream.
  package private(set) var firstSound: Int64?

  /// How much is found out about the streams.
  package enum Analysis {
    /// Reads and parses the first pictures.
    case full
    /// Only what the header says, where the container's header says everything that decoding needs.
    case headerOnly
  }

  /// How the source may be read.
  package enum Reading {
    /// Anything at any time.
    case anywhere
    /// In order as far as possible: what is not there yet is waited for, or costs a request.
    case whileArriving
    /// In order and once.
    case once
  }

  package init(
    _ source: any ByteSource, analysis: Analysis, limits: MediaLimits, cancellation: CancellationFlag,
    reading: Reading = .anywhere
  ) throws {
    _ = LibAVLog.silenced
    if source.size == 0 { throw MediaError(.emptyFile, "the file is empty") }
    io = try SourceIO(source, cancellation: cancellation)
    if reading != .once, let animation = try WebPAnimation.read(source) {
      try StreamChoice.check(width: animation.width, height: animation.height, limits: limits)
      try StreamChoice.checkAnimation(width: animation.width, height: animation.height, limits: limits)
      self.animation = animation
      formatName = "webp"
      streamIndex = 0
      guard let allocated = avformat_alloc_context(), let stream = Self.stream(of: animation, in: allocated) else {
        throw MediaError(.invalidMedia, "no memory to open")
      }
      context = allocated
      self.stream = stream
      evidence = KeyFrameEvidence(stream.pointee.codecpar.pointee)
      facts = TrackFacts()
      startsAtZero = true
      return
    }
    animation = nil
    let format = try ContainerFormat.identify(io, limits: limits)
    formatName = format.name
    let tracks = reading == .once ? Tracks() : try Tracks(format, source)

    if reading == .once { io.context.pointee.seekable = 0 }
    let opening = try io.open(as: format.raw, limits: limits) { container in
      if reading != .anywhere {
        // The demuxer begins with the first samples instead of looking for further indexes to the end of the file.
        container.pointee.flags |= AVFMT_FLAG_IGNIDX
        container.pointee.fps_probe_size = 3
        container.pointee.max_analyze_duration = 500_000
      }
      // Times that wrap around are joined like all others.
      if Self.mayJump(format.name) { container.pointee.correct_ts_overflow = 0 }
    }
    let opened: UnsafeMutablePointer<AVFormatContext>
    switch opening {
    case .opened(let container): opened = container
    case .failed(let code): throw try ContainerFormat.openFailure(format, io: io, code: code)
    }
    context = opened
    do {
      if analysis == .full || !StreamChoice.headerSuffices(opened, format: format) {
        let status = avformat_find_stream_info(opened, nil)
        try io.rethrow()
        if status < 0 { throw try ContainerFormat.openFailure(format, io: io, code: LibAVError(status)) }
      }
      let chosen = try StreamChoice.videoStream(of: opened, format: format, tracks: tracks, limits: limits)
      streamIndex = Int32(chosen)
      stream = opened.pointee.streams[chosen]!
      evidence = KeyFrameEvidence(stream.pointee.codecpar.pointee)
      facts = tracks.facts(of: chosen, in: opened)
      startsAtZero = tracks.startsEmpty(opened)
      if Self.mayJump(format.name) {
        joiner = TimelineJoiner(
          secondsPerTick: av_q2d(stream.pointee.time_base), bits: stream.pointee.pts_wrap_bits,
          ticksPerFrame: Self.ticksPerFrame(stream))
      }
      listenForSound(opened)
    } catch {
      avformat_close_input(&context)
      throw error
    }
  }

  deinit { avformat_close_input(&context) }

  package var raw: UnsafeMutablePointer<AVFormatContext> { context! }
  package var timeBase: AVRational { stream.pointee.time_base }
  package var isMOV: Bool { formatName.hasPrefix("mov,") }
  /// Made of packets that find their own way from any byte, timed as a stream and without an index.
  package var canEnterAnywhere: Bool { formatName == "mpegts" || formatName == "mpeg" }
  /// Times in the file may start again or jump.
  package var mayJump: Bool { joiner != nil }
  private static func mayJump(_ format: String) -> Bool { ["mpegts", "mpeg", "ogg"].contains(format) }

  /// Pictures per second as the container states or implies it; 0 where unknown.
  package var frameRate: Double { Self.frameRate(stream) }

  /// More than any camera makes; beyond, it is the tick of a clock.
  private static let highestFrameRate = 1000.0

  private static func frameRate(_ stream: UnsafeMutablePointer<AVStream>) -> Double {
    for rate in [av_q2d(stream.pointee.avg_frame_rate), av_q2d(stream.pointee.r_frame_rate)] {
      if rate.isFinite, rate > 0, rate <= highestFrameRate { return rate }
    }
    return 0
  }

  /// Ticks between two pictures at the stated rate; at least 1.
  package var ticksPerFrame: Int64 { Self.ticksPerFrame(stream) }

  private static func ticksPerFrame(_ stream: UnsafeMutablePointer<AVStream>) -> Int64 {
    let rate = frameRate(stream)
    return max(1, Int64((1 / ((rate > 0 ? rate : 25) * av_q2d(stream.pointee.time_base))).rounded()))
  }

  /// Elementary streams have no times to seek by.
  package var canSeek: Bool { animation == nil && raw.pointee.iformat.pointee.flags & AVFMT_NOTIMESTAMPS == 0 }

  /// Reads the video stream's next packet.
  ///
  /// - Returns: `false` at the end, which is also where the rest cannot be read.
  /// - Throws: errors of the source unchanged, or `Cancelled`.
  package func read(into packet: Packet) throws -> Bool {
    if let animation { return try read(animation, into: packet) }
    // A container may hold long runs of other streams' packets and, where damaged, of unreadable ones.
    var failures = 0
    while true {
      av_packet_unref(packet.raw)
      let status = av_read_frame(raw, packet.raw)
      try io.rethrow()
      if status >= 0 {
        guard packet.raw.pointee.stream_index == streamIndex else {
          if !silent.isEmpty { hear(packet) }
          continue
        }
        guard evidence.isPicture(packet) else { continue }
        join(packet)
        if !readsOnlyEntries || evidence.isEntry(packet) { return true }
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
  package func expectReading(until time: Int64, lookAhead: Int) {
    guard isMOV else { return }
    let found = av_index_search_timestamp(stream, time, AVSEEK_FLAG_ANY)
    let last = avformat_index_get_entries_count(stream) - 1
    guard found >= 0, last >= 0, let entry = avformat_index_get_entry(stream, min(found + Int32(lookAhead), last))
    else {
      return
    }
    io.source.limitReadAhead(to: entry.pointee.pos + Int64(entry.pointee.size))
  }

  /// A stream as if a demuxer had made it.
  private static func stream(
    of animation: WebPAnimation, in context: UnsafeMutablePointer<AVFormatContext>
  ) -> UnsafeMutablePointer<AVStream>? {
    guard let stream = avformat_new_stream(context, nil), let parameters = stream.pointee.codecpar else { return nil }
    parameters.pointee.codec_type = AVMEDIA_TYPE_VIDEO
    parameters.pointee.codec_id = AV_CODEC_ID_WEBP
    parameters.pointee.width = Int32(animation.width)
    parameters.pointee.height = Int32(animation.height)
    parameters.pointee.format = AV_PIX_FMT_RGBA.rawValue
    stream.pointee.time_base = AVRational(num: 1, den: 1000)
    let length = animation.parts.last.map { $0.time + $0.duration } ?? 1
    stream.pointee.avg_frame_rate = AVRational(
      num: Int32(clamping: 1000 * animation.parts.count), den: Int32(clamping: length))
    return stream
  }

  private func read(_ animation: WebPAnimation, into packet: Packet) throws -> Bool {
    try io.rethrow()
    av_packet_unref(packet.raw)
    guard nextPart < animation.parts.count else { return false }
    let part = animation.parts[nextPart]
    let bytes = try animation.file(of: nextPart, io.source)
    guard av_new_packet(packet.raw, Int32(clamping: bytes.count)) >= 0 else {
      throw MediaError(.decodeFailed, "no memory to read a packet")
    }
    bytes.withUnsafeBufferPointer { packet.raw.pointee.data.update(from: $0.baseAddress!, count: $0.count) }
    packet.raw.pointee.pts = part.time
    packet.raw.pointee.dts = part.time
    packet.raw.pointee.duration = part.duration
    // Later parts need those before them.
    if nextPart == 0 { packet.raw.pointee.flags |= AV_PKT_FLAG_KEY }
    nextPart += 1
    return true
  }

  private func join(_ packet: Packet) {
    if let timeline {
      if packet.position >= 0 { position = packet.position }
      packet.shiftTimes(by: timeline.offset(at: position))
    } else {
      joiner?.place(packet)
    }
  }

  /// What joining has found so far.
  package var joined: JoinedTimeline? { joiner?.timeline }

  /// Seeks to the last key frame at or before `time` (stream time base), or with `exact` to any picture.
  package func seek(to time: Int64, exact: Bool = false) throws -> Bool {
    if let timeline, !timeline.isPlain {
      guard canEnterAnywhere, !exact else { return false }
      return try seek(toByte: timeline.position(before: time))
    }
    let flags = AVSEEK_FLAG_BACKWARD | (exact ? AVSEEK_FLAG_ANY : 0)
    let status = av_seek_frame(raw, streamIndex, time, flags)
    try io.rethrow()
    return status >= 0
  }

  /// Goes to a byte of the file; containers made of self-contained packets find their way from there.
  package func seek(toByte offset: Int64) throws -> Bool {
    position = offset
    let status = av_seek_frame(raw, -1, offset, AVSEEK_FLAG_BYTE)
    try io.rethrow()
    return status >= 0
  }

  // MARK: Sound

  /// All other streams are discarded at the source, but for those of sound until it is known when they begin.
  private func listenForSound(_ context: UnsafeMutablePointer<AVFormatContext>) {
    for index in 0..<Int32(context.pointee.nb_streams) where index != streamIndex {
      let other = context.pointee.streams[Int(index)]!
      other.pointee.discard = AVDISCARD_ALL
      guard other.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO else { continue }
      if isMOV {
        // Its index says so, if it has one; a fragmented file tells with its first fragment.
        guard let entry = avformat_index_get_entry(other, 0) else { continue }
        note(sound: entry.pointee.timestamp, of: other)
      } else {
        other.pointee.discard = AVDISCARD_DEFAULT
        silent.insert(index)
      }
    }
  }

  private func hear(_ packet: Packet) {
    let index = packet.raw.pointee.stream_index
    guard let time = packet.pts ?? packet.dts, silent.remove(index) != nil else { return }
    let other = raw.pointee.streams[Int(index)]!
    other.pointee.discard = AVDISCARD_ALL
    note(sound: time, of: other)
  }

  private func note(sound time: Int64, of other: UnsafeMutablePointer<AVStream>) {
    // Sound before the container's time 0 is what encoders need to begin with, and is not heard.
    let heard = mayJump ? time : max(0, time)
    let ticks = av_rescale_q(heard, other.pointee.time_base, timeBase)
    firstSound = min(firstSound ?? ticks, ticks)
  }

  /// Whether more may be learnt about when sound begins.
  package var listensForSound: Bool { !silent.isEmpty }

  package func stopListening() {
    for index in silent { raw.pointee.streams[Int(index)]!.pointee.discard = AVDISCARD_ALL }
    silent = []
  }
}
