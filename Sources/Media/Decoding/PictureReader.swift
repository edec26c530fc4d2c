import CLibAV
import MediaModel
import RuntimeCore

/// Reads a clip's pictures: finds the place, decodes from there, and hands over the picture on screen at every moment of
/// the schedule, in order.
final class PictureReader {
  struct Counts {
    var packets = 0
    var skipped = 0
    var frames = 0
  }

  private let open: () throws -> Demuxer
  private var demuxer: Demuxer
  private let decoder: Decoder
  private let start: StreamStart
  private let isExcerpt: Bool
  private let request: ClipRequest
  private let cancellation: CancellationFlag
  private let spared: SparedDecoding
  private(set) var counts = Counts()
  private(set) var bytesOfClosedSources: Int64 = 0

  /// - Parameter excerptOrigin: the time of the video's first picture, where what is opened begins later: with the key
  ///   frame from which the clip can be decoded. `nil` for a whole video.
  init(
    open: @escaping () throws -> Demuxer, request: ClipRequest, excerptOrigin: Int64? = nil, threads: Int,
    cancellation: CancellationFlag
  ) throws {
    self.open = open
    self.request = request
    self.cancellation = cancellation
    demuxer = try open()
    start = try excerptOrigin.map { StreamStart(time: $0) } ?? StreamStart.find(demuxer)
    isExcerpt = excerptOrigin != nil
    decoder = try Decoder(stream: demuxer.stream, threads: threads)
    spared = SparedDecoding(demuxer, request)
  }

  var container: Demuxer { demuxer }
  var startTime: Double { Double(start.time ?? start.decodingTime ?? 0) * av_q2d(demuxer.timeBase) }
  var sourceBytes: Int64 { bytesOfClosedSources + demuxer.io.bytesRead }

  /// Takes a picture, when it came on screen in seconds from the stream's start, and the moments at which it is on screen.
  /// Throwing ends the reading.
  typealias Show = (Frame, Double, ArraySlice<PictureSchedule.Moment>) throws -> Void

  /// - Returns: `false` where an excerpt begins too late; nothing has been shown then.
  func run(_ show: Show) throws -> Bool {
    let schedule = PictureSchedule(request, timeBase: demuxer.timeBase)
    guard let first = schedule.moments.first?.tick else { return true }
    if isExcerpt {
      if request.mode == .keyframes { _ = readOnlyKeyFrames([]) }
      var pass = Pass(schedule, origin: start.time, mayBeLate: true, timeBase: demuxer.timeBase)
      try decode([], &pass, show)
      return !pass.isLate && counts.frames > 0
    }
    var waiting = start.packets
    var origin = start.time
    if request.mode == .keyframes { waiting = readOnlyKeyFrames(waiting) }
    if origin == nil {
      origin = try firstDecodedTime(waiting)
      waiting = try rewind()
    }

    if let origin, first > 0, demuxer.canSeek {
      var place = SeekPlan(target: origin + first, origin: origin, secondsPerTick: av_q2d(demuxer.timeBase))
      while let time = place.next() {
        guard try demuxer.seek(to: time), let packets = try packetsFromKeyFrame() else { break }
        let key = packets[packets.count - 1]
        if let shown = key.pts ?? key.dts, shown > origin + first {
          place.landed(at: key.dts ?? shown)
          continue
        }
        decoder.flush()
        var pass = Pass(schedule, origin: origin, mayBeLate: true, timeBase: demuxer.timeBase)
        try decode(packets, &pass, show)
        if !pass.isLate { return true }
        place.landed(at: key.dts ?? key.pts ?? time)
      }
      waiting = try rewind()
    }
    decoder.flush()
    decoder.showsDamaged = origin == nil || first > 0
    var pass = Pass(schedule, origin: origin, mayBeLate: false, timeBase: demuxer.timeBase)
    try decode(waiting, &pass, show)
    if counts.frames == 0 {
      throw MediaError(.decodeFailed, "not a single picture of the video could be decoded")
    }
    return true
  }

  /// Frees what decoding takes. Nothing can be read any more.
  func close() { decoder.close() }

  /// Opens the source anew, so that reading begins at its first byte whatever the container.
  private func rewind() throws -> [Packet] {
    bytesOfClosedSources += demuxer.io.bytesRead
    demuxer = try open()
    return request.mode == .keyframes ? readOnlyKeyFrames([]) : []
  }

  /// From here on there are no other packets, and so none that the decoder could need.
  private func readOnlyKeyFrames(_ packets: [Packet]) -> [Packet] {
    demuxer.readsOnlyKeyFrames = true
    return packets.filter(\.isKey)
  }

  /// Where packets have no presentation times, the decoder's guess for the first picture is the origin of time.
  private func firstDecodedTime(_ packets: [Packet]) throws -> Int64? {
    var packets = packets[...]
    let frame = try Frame()
    while true {
      try cancellation.check()
      if let packet = packets.popFirst() {
        try decoder.send(packet)
      } else {
        let packet = try Packet()
        try decoder.send(try demuxer.read(into: packet) ? packet : nil)
      }
      switch try decoder.receive(into: frame) {
      case .frame: return frame.time
      case .end: return nil
      case .needsInput: continue
      }
    }
  }

  /// Reads up to the first key frame, which alone is returned; `nil` where the end comes first.
  private func packetsFromKeyFrame() throws -> [Packet]? {
    for _ in 0..<5000 {
      let packet = try Packet()
      guard try demuxer.read(into: packet) else { return nil }
      counts.packets += 1
      if packet.isKey { return [packet] }
    }
    return nil
  }

  private func decode(
    _ given: [Packet], _ pass: inout Pass, _ show: Show
  ) throws {
    var need = PictureNeed()
    if !isExcerpt, let origin = pass.origin {
      demuxer.expectReading(until: origin + pass.lastTick, lookAhead: PictureNeed.lookAhead)
    }
    // Key frames come in the order in which they are shown.
    var window = PacketWindow(given, demuxer, length: request.mode == .keyframes ? 2 : PictureNeed.lookAhead)
    while !pass.isDone {
      try cancellation.check()
      try window.fill { if let pts = $0.pts, !$0.isHidden, let origin = pass.origin { need.learn(pts - origin) } }
      guard !window.onlyAfter(pass.lastTick, origin: pass.origin), let packet = window.next() else {
        try decoder.send(nil)
        try take(&pass, show)
        break
      }
      counts.packets += 1
      // What cannot be told gets the most.
      var use = PictureNeed.Use.still
      if !decoder.sawDamage, let origin = pass.origin, let pts = packet.pts {
        use = packet.isHidden ? .none : need.use(of: pts - origin, in: pass.schedule)
      }
      if use == .none { counts.skipped += 1 }
      guard let treatment = spared.treatment(of: packet, for: use) else { continue }
      try decoder.send(packet, treatment)
      try take(&pass, show)
    }
    if !pass.isLate { try pass.finish(show) }
  }

  private func take(
    _ pass: inout Pass, _ show: Show
  ) throws {
    while !pass.isDone {
      let frame = try pass.spare ?? Frame()
      pass.spare = nil
      guard case .frame = try decoder.receive(into: frame) else { return }
      counts.frames += 1
      try pass.add(frame, step: demuxer.ticksPerFrame, show)
    }
  }
}

/// Packets ahead of the decoder.
private struct PacketWindow {
  private var packets: [Packet] = []
  private var head = 0
  private var given: ArraySlice<Packet>
  private var isAtEnd = false
  private let demuxer: Demuxer
  private let length: Int

  init(_ given: [Packet], _ demuxer: Demuxer, length: Int) {
    self.length = length
    self.given = given[...]
    self.demuxer = demuxer
  }

  private var count: Int { packets.count - head }

  mutating func fill(_ learn: (Packet) -> Void) throws {
    while count < length, !isAtEnd {
      let packet: Packet
      if let first = given.popFirst() {
        packet = first
      } else {
        packet = try Packet()
        guard try demuxer.read(into: packet) else {
          isAtEnd = true
          return
        }
      }
      learn(packet)
      packets.append(packet)
    }
  }

  mutating func next() -> Packet? {
    guard head < packets.count else { return nil }
    let packet = packets[head]
    head += 1
    if head >= 64 {
      packets.removeFirst(head)
      head = 0
    }
    return packet
  }

  /// Whether everything that is still to come is shown after `tick`.
  func onlyAfter(_ tick: Int64, origin: Int64?) -> Bool {
    guard let origin, count > 0 else { return false }
    return packets[head...].allSatisfy { packet in packet.pts.map { $0 - origin > tick } ?? false }
  }
}

/// One walk over decoded pictures in presentation order.
private struct Pass {
  let schedule: PictureSchedule
  /// The first picture's time; set by the first picture where nothing else says it.
  private(set) var origin: Int64?
  private let mayBeLate: Bool
  private let secondsPerTick: Double
  private var current: (frame: Frame, tick: Int64)?
  private var nextMoment = 0
  /// The first picture comes after the first moment: decoding must begin earlier.
  private(set) var isLate = false
  var spare: Frame?

  init(_ schedule: PictureSchedule, origin: Int64?, mayBeLate: Bool, timeBase: AVRational) {
    self.schedule = schedule
    secondsPerTick = av_q2d(timeBase)
    self.origin = origin
    self.mayBeLate = mayBeLate
  }

  var lastTick: Int64 { schedule.moments[schedule.moments.count - 1].tick }
  var isDone: Bool { isLate || nextMoment == schedule.moments.count }

  mutating func add(
    _ frame: Frame, step: Int64, _ show: PictureReader.Show
  ) throws {
    // Streams without any times play at their frame rate.
    let time = frame.time ?? (current.map { $0.tick + (origin ?? 0) + step } ?? origin ?? 0)
    if origin == nil { origin = time }
    let tick = time - origin!
    guard let current else {
      if mayBeLate, tick > schedule.moments[0].tick {
        isLate = true
      } else {
        self.current = (frame, tick)
      }
      return
    }
    // A picture that claims to be older than one already shown is damage, not a picture to go back to.
    if tick < current.tick {
      spare = frame
      return
    }
    let wasShown = try showCurrent(before: tick, show)
    self.current = (frame, tick)
    if !wasShown { spare = current.frame }
  }

  /// The last picture stays on screen to the end.
  mutating func finish(_ show: PictureReader.Show) throws {
    _ = try showCurrent(before: .max, show)
  }

  private mutating func showCurrent(before tick: Int64, _ show: PictureReader.Show) throws -> Bool {
    guard let current else { return false }
    let first = nextMoment
    while nextMoment < schedule.moments.count, schedule.moments[nextMoment].tick < tick { nextMoment += 1 }
    guard nextMoment > first else { return false }
    try show(current.frame, Double(current.tick) * secondsPerTick, schedule.moments[first..<nextMoment])
    return true
  }
}
