package import Demuxing
import CLibAV
package import MediaTypes
import Core
package import LibAV

/// Reads a clip's pictures: finds the place, decodes from there, and hands over the picture on screen at every moment of
/// the schedule, in order.
package final class FrameReader {
  package struct Counts {
    package var packets = 0
    package var skipped = 0
    package var frames = 0
  }

  private let open: () throws -> Demuxer
  private var demuxer: Demuxer
  private var decoder: Decoder
  private let start: StreamStart
  private let isExcerpt: Bool
  private let timeline: JoinedTimeline?
  private let mostPixels: Int
  private var pixels = 0
  private let request: ClipRequest
  private var mode: RenderMode
  private let cancellation: CancellationFlag
  private let spared: DecoderSkipPolicy
  private let goesOn: Bool
  private let before: ClipContinuation?
  /// Where the clip that follows can be read on, once this one is read.
  package private(set) var continuation: ClipContinuation?
  package private(set) var counts = Counts()
  private(set) var bytesOfClosedSources: Int64 = 0

  /// - Parameters:
  ///   - excerptOrigin: the time of the video's first picture, where what is opened begins later: with the key
  ///   frame from which the clip can be decoded. `nil` for a whole video.
  ///   - timeline: of a whole video whose times may jump; found by reading all of it otherwise.
  ///   - goesOn: whether `continuation` is wanted.
  ///   - before: of the clip that ends where this one begins.
  package init(
    open: @escaping () throws -> Demuxer, request: ClipRequest, excerptOrigin: Int64? = nil,
    timeline: JoinedTimeline? = nil, threads: Int, goesOn: Bool = false, before: ClipContinuation? = nil,
    limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag
  ) throws {
    self.open = open
    self.request = request
    mode = request.mode
    self.cancellation = cancellation
    demuxer = try open()
    mostPixels =
      StreamChoice.isAnimation(demuxer.stream.pointee.codecpar.pointee) ? limits.maximumAnimationPixels : .max
    if demuxer.mayJump, request.start > 0 {
      self.timeline = try timeline ?? JoinedTimeline.read(open())
      demuxer.timeline = self.timeline
    } else {
      self.timeline = nil
    }
    start = try excerptOrigin.map { StreamStart(origin: $0) } ?? StreamStart.find(demuxer)
    isExcerpt = excerptOrigin != nil
    decoder = try Decoder(demuxer, threads: threads)
    spared = DecoderSkipPolicy(demuxer, request, packets: start.packets)
    self.goesOn = goesOn && request.mode == .exact && spared.decodesInSequence
    self.before = before
  }

  package var container: Demuxer { demuxer }
  package var startTime: Double { Double(start.origin ?? start.decodingTime ?? 0) * av_q2d(demuxer.timeBase) }
  package var sourceBytes: Int64 { bytesOfClosedSources + demuxer.io.bytesRead }

  /// Takes a picture, when it came on screen in seconds from the stream's start, and the moments at which it is on screen.
  /// Throwing ends the reading.
  package typealias Show = (Frame, Double, ArraySlice<FrameSchedule.Moment>) throws -> Void

  /// Only frames that can be decoded by themselves are wanted, and the stream has none.
  private struct RefreshesGradually: Error {}

  /// - Returns: `false` where an excerpt begins too late; nothing has been shown then.
  package func run(_ show: Show) throws -> Bool {
    let schedule = FrameSchedule(request, timeBase: demuxer.timeBase)
    guard let first = schedule.moments.first?.tick else { return true }
    do {
      return try run(schedule, first, start.packets, show)
    } catch is RefreshesGradually {
      guard !isExcerpt else { return false }
      mode = .exact
      decoder.flush()
      return try run(schedule, first, rewind(), show)
    }
  }

  /// - Parameters:
  ///   - first: the first moment.
  ///   - waiting: packets of the stream's beginning that were read already.
  private func run(_ schedule: FrameSchedule, _ first: Int64, _ waiting: [Packet], _ show: Show) throws -> Bool {
    var waiting = waiting
    if let before {
      if try follow(before, schedule, show) { return true }
      waiting = try rewind()
    }
    if isExcerpt {
      if mode == .keyframes { _ = readOnlyEntries([]) }
      var pass = FramePass(schedule, isCounted: true, mayBeLate: true, timeBase: demuxer.timeBase)
      let packet = try Packet()
      guard try demuxer.read(into: packet), demuxer.evidence.isEntry(packet) else { return false }
      try decode([packet], origin: start.origin, &pass, show)
      return !pass.isLate && counts.frames > 0
    }
    var origin = start.origin
    if mode == .keyframes { waiting = readOnlyEntries(waiting) }
    if origin == nil {
      origin = try firstDecodedTime(waiting)
      waiting = try rewind()
    }

    if let origin, first > 0, demuxer.canSeek, origin + first > start.time ?? origin {
      // The decoder's guesses settle after some pictures.
      let lead = start.timesAreShown ? 0 : 2 * Int64(FrameUses.lookAhead) * demuxer.ticksPerFrame
      var place = SeekPlan(
        target: max(origin, origin + first - lead), origin: origin, secondsPerTick: av_q2d(demuxer.timeBase))
      while let time = place.next() {
        guard try demuxer.seek(to: time), let packets = try packetsFromEntry() else { break }
        let key = packets[packets.count - 1]
        if let shown = key.pts ?? key.dts, shown > origin + first - lead {
          place.landed(at: key.dts ?? shown)
          continue
        }
        let landed = key.dts ?? key.pts ?? time
        decoder.flush()
        var pass = FramePass(schedule, isCounted: true, mayBeLate: true, timeBase: demuxer.timeBase)
        try decode(packets, origin: origin, &pass, show)
        // Within a gradual refresh the stream may even end before a frame is complete.
        if !pass.isLate, pass.hasPicture { return true }
        place.landed(at: landed)
      }
      waiting = try rewind()
    }
    decoder.flush()
    decoder.showsDamaged = origin == nil || first > 0
    var pass = FramePass(schedule, isCounted: origin != nil, timeBase: demuxer.timeBase)
    try decode(waiting, origin: origin, &pass, show)
    if counts.frames == 0 {
      throw MediaError(.decodeFailed, "not a single picture of the video could be decoded")
    }
    return true
  }

  /// Frees what decoding takes, unless the clip that follows goes on with it. Nothing can be read any more.
  package func close() {
    if continuation == nil { decoder.close() }
  }

  /// Goes on with the decoder of the clip before, which has seen everything up to its last packet.
  ///
  /// - Returns: `false` where that packet is not found; nothing has been shown then.
  private func follow(_ before: ClipContinuation, _ schedule: FrameSchedule, _ show: Show) throws -> Bool {
    guard request.mode == .exact, let origin = start.origin, before.stream == CodedStream(demuxer.stream),
      demuxer.canSeek, try demuxer.seek(to: before.last.dts &+ origin, exact: true)
    else { return false }
    for _ in 0..<64 {
      let packet = try Packet()
      guard try demuxer.read(into: packet) else { return false }
      packet.countTimes(from: origin)
      guard let dts = packet.dts, dts <= before.last.dts else { return false }
      guard dts == before.last.dts else { continue }
      guard PacketIdentity(packet) == before.last else { return false }
      decoder = before.decoder
      var pass = FramePass(schedule, isCounted: true, timeBase: demuxer.timeBase)
      for picture in before.pictures { try pass.add(picture, step: demuxer.ticksPerFrame, show) }
      try take(&pass, show)
      try decode([], origin: origin, &pass, need: before.need, show)
      return true
    }
    return false
  }

  /// Opens the source again, so that reading begins at its first byte whatever the container.
  private func rewind() throws -> [Packet] {
    bytesOfClosedSources += demuxer.io.bytesRead
    demuxer = try open()
    demuxer.timeline = timeline
    demuxer.stopListening()
    return mode == .keyframes ? readOnlyEntries([]) : []
  }

  /// From here on there are no other packets, and so none that the decoder could need.
  private func readOnlyEntries(_ packets: [Packet]) -> [Packet] {
    demuxer.readsOnlyEntries = true
    return packets.filter(demuxer.evidence.isEntry)
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

  /// Reads up to the first packet that decoding can begin with, which alone is returned; `nil` where the end comes first.
  private func packetsFromEntry() throws -> [Packet]? {
    for _ in 0..<5000 {
      let packet = try Packet()
      guard try demuxer.read(into: packet) else { return nil }
      counts.packets += 1
      if demuxer.evidence.isEntry(packet) { return [packet] }
    }
    return nil
  }

  /// - Parameter origin: the time of the video's first picture as the demuxer tells it, where known.
  private func decode(
    _ given: [Packet], origin: Int64?, _ pass: inout FramePass, need: FrameUses = FrameUses(), _ show: Show
  ) throws {
    var need = need
    let goesOn = goesOn && origin != nil
    // Who goes on needs what the first moments after this clip need.
    let needed = goesOn ? FrameSchedule(request.going(on: 2), timeBase: demuxer.timeBase) : pass.schedule
    if !isExcerpt, let origin {
      demuxer.expectReading(until: origin + pass.lastTick, lookAhead: FrameUses.lookAhead)
    }
    // Key frames come in the order in which they are shown.
    var window = PacketWindow(
      given, demuxer, origin: origin, length: mode == .keyframes ? 2 : FrameUses.lookAhead)
    var last: PacketIdentity?
    let isTimed = origin != nil && start.timesAreShown && !spared.mayBeFields
    // Beyond the clip's own pictures the decoder is given only what it takes until it has put out the last of them.
    var beyond = 0
    while !pass.isDone {
      try cancellation.check()
      try window.fill { if let pts = $0.pts, !$0.isHidden, isTimed { need.learn(pts) } }
      // Before the first picture there is that picture.
      if pass.hasPicture, window.onlyAfter(pass.lastTick) { beyond += 1 }
      guard beyond <= (goesOn ? FrameUses.lookAhead : 0), let packet = window.next() else {
        try decoder.send(nil)
        try take(&pass, show)
        last = nil
        break
      }
      counts.packets += 1
      if mode == .keyframes, !demuxer.evidence.isKey(packet) {
        guard pass.hasShown else { throw RefreshesGradually() }
        continue
      }
      last = PacketIdentity(packet)
      // What cannot be told gets the most.
      var use = FrameUse.still
      if !decoder.sawDamage, isTimed, pass.hasPicture || pass.mayBeLate, let pts = packet.pts {
        use = packet.isHidden ? .none : need.use(of: pts, in: needed)
      }
      if use == .none { counts.skipped += 1 }
      guard let treatment = spared.treatment(of: packet, for: use) else { continue }
      try decoder.send(packet, treatment)
      try take(&pass, show)
    }
    guard !pass.isLate, pass.hasPicture else { return }
    try pass.finish(show)
    if goesOn, let last, !decoder.sawDamage, !decoder.showsDamaged {
      continuation = ClipContinuation(
        decoder: decoder, stream: CodedStream(demuxer.stream), last: last, need: need, pictures: pass.last)
    }
  }

  private func take(
    _ pass: inout FramePass, _ show: Show
  ) throws {
    while !pass.isDone {
      let frame = try pass.spare ?? Frame()
      pass.spare = nil
      guard case .frame = try decoder.receive(into: frame) else { return }
      counts.frames += 1
      pixels += frame.width * frame.height
      if pixels > mostPixels {
        throw MediaError(
          .tooLarge,
          "the animation has too many pictures for their size of \(frame.width)x\(frame.height) pixels: more than "
            + "\(mostPixels) pixels would have to be decoded for one clip")
      }
      try pass.add(
        frame, step: demuxer.ticksPerFrame, isStated: start.origin != nil && start.timesAreShown, show)
    }
  }
}
