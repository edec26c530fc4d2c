import Demuxing
import FrameConversion
import VideoDecoding
import CLibAV
import Core
import LibAV
import MediaTypes

/// Decodes one part of a video from its beginning, in order, and hands over the pictures that the schedule wants.
final class AnimationReader {
  private static let leastReduction = 3
  /// From here on a block of 8 x 8 samples, the most that the filter of H.264 smooths, becomes one sample. What errors
  /// add up to until the next key frame is far below what a palette changes (docs/PERFORMANCE.md).
  private static let leastReductionOfAll = 8

  private let demuxer: Demuxer
  private let decoder: Decoder
  private let start: StreamStart
  private let droppable: DroppableFrames
  private let cancellation: CancellationFlag
  private let limits: MediaLimits
  /// When the part begins on the time line of the whole, seconds.
  private let begin: Double
  private let secondsPerTick: Double
  private var origin: Int64?
  private var sparesFilter = false
  /// Pictures follow each other at one distance so far, so that a packet tells when the next one comes.
  private var isSteady = true
  private var lastPacketTime: Int64?
  private let isForwardOnly: Bool
  private var didSeek = false
  /// Decoded, but not handed over yet.
  private var ahead: Frame?
  private(set) var decodedFrames = 0
  /// Where the last picture ends on the time line of the whole.
  private(set) var end: Double

  /// - Parameters:
  ///   - wantedEnd: on the time line of the whole, seconds; nothing after it is looked at.
  ///   - threads: that work at the same time, the one that scales and codes included.
  /// - Throws: `MediaError`; `tooLarge` if the index already says that the video is too long.
  init(
    _ part: AnimationPart, begin: Double, wantedEnd: Double, threads: Int, limits: MediaLimits,
    cancellation: CancellationFlag
  ) throws {
    self.begin = begin
    isForwardOnly = part.isForwardOnly
    self.limits = limits
    self.cancellation = cancellation
    end = begin
    demuxer = try Demuxer(
      part.source, analysis: .headerOnly, limits: limits, cancellation: cancellation,
      reading: part.isForwardOnly ? .once : .whileArriving)
    start = try StreamStart.find(demuxer)
    let parameters = demuxer.stream.pointee.codecpar.pointee
    decoder = try Decoder(demuxer, threads: Self.decoderThreads(of: threads, bitRate: parameters.bit_rate))
    droppable = DroppableFrames(parameters)
    secondsPerTick = av_q2d(demuxer.timeBase)
    origin = start.time
    if let claimed = claimedEnd, min(claimed, wantedEnd) > limits.maximumLength { throw tooLong }
  }

  /// Of several threads one has enough to do with scaling and coding; one more that decodes makes the others wait and costs a
  /// sixth more in all. Not so where decoding is mostly reading arithmetic code: then all decode.
  ///
  /// - Parameter bitRate: bits a second as the container states them; 0 if it does not.
  private static func decoderThreads(of threads: Int, bitRate: Int64) -> Int {
    bitRate < 5_000_000 ? max(1, threads - 1) : threads
  }

  /// Where the last picture of the index begins; nil without a whole index.
  private var claimedEnd: Double? {
    let count = avformat_index_get_entries_count(demuxer.stream)
    guard demuxer.isMOV, count > 0, let last = avformat_index_get_entry(demuxer.stream, count - 1) else { return nil }
    return seconds(last.pointee.timestamp - (origin ?? 0))
  }

  private var tooLong: MediaError {
    MediaError(.tooLarge, "the video is longer than the \(limits.maximumLength) s allowed")
  }

  /// What the container says of its pictures; sizes are 0 if it does not.
  var statedGeometry: FrameGeometry { demuxer.statedGeometry }

  var geometry: (Frame) -> FrameGeometry {
    { [demuxer] in demuxer.geometry(of: $0) }
  }

  /// Pictures that none other refers to are decoded without their in-loop filter where they are made much smaller, and
  /// all pictures of H.264 where they are made very much smaller.
  func spareFilter(codedWidth: Int, width: Int) {
    sparesFilter = codedWidth >= Self.leastReduction * width
    let isH264 = demuxer.stream.pointee.codecpar.pointee.codec_id == AV_CODEC_ID_H264
    decoder.leavesOutFilter = isH264 && codedWidth >= Self.leastReductionOfAll * width
  }

  /// Takes a picture and when it comes on screen, on the time line of the whole; returns whether more are wanted.
  typealias Take = (Frame, Double) throws -> Bool

  /// - Parameter isWanted: whether a picture shown from one time to another is needed; asked before decoding it.
  /// - Throws: `MediaError` where the video ends before its index does, or cannot be decoded at all.
  func run(isWanted: (Double, Double) -> Bool, _ take: Take) throws {
    try seek(isWanted)
    var waiting = start.packets[...]
    if didSeek { waiting = [] }
    var goesOn = try receive(take)
    while goesOn {
      try cancellation.check()
      let packet: Packet
      if let first = waiting.popFirst() {
        packet = first
      } else {
        packet = try Packet()
        guard try demuxer.read(into: packet) else { break }
      }
      lastPacketTime = packet.dts ?? packet.pts
      guard let treatment = treatment(of: packet, isWanted) else { continue }
      try decoder.send(packet, treatment)
      goesOn = try receive(take)
    }
    guard goesOn else { return }
    try checkEnd()
    try decoder.send(nil)
    _ = try receive(take)
    if decodedFrames == 0 { throw MediaError(.decodeFailed, "not a single picture of the video could be decoded") }
  }

  /// Goes to the key frame before the first picture that is wanted, where the container has an index.
  private func seek(_ isWanted: (Double, Double) -> Bool) throws {
    // Half a second at a time: what lies before is not worth a jump.
    var time = begin
    while time < begin + limits.maximumLength, !isWanted(begin, time + 0.5) { time += 0.5 }
    guard time > begin, let origin, demuxer.isMOV, demuxer.canSeek else { return }
    let ticks = origin + Int64((time - begin) / secondsPerTick)
    var place = SeekPlan(target: ticks, origin: origin, secondsPerTick: secondsPerTick)
    while let target = place.next(), try demuxer.seek(to: target) {
      didSeek = true
      decoder.flush()
      if isForwardOnly { return }
      let (landed, frame) = try firstFrame()
      if let frame, frame.time.map({ $0 <= ticks }) ?? true {
        ahead = frame
        return
      }
      place.landed(at: landed ?? target)
    }
    if didSeek, try demuxer.seek(to: start.decodingTime ?? origin) { decoder.flush() }
  }

  /// Decodes up to the first frame. With a gradual refresh it comes late, or not at all.
  ///
  /// - Returns: when the first packet is decoded, and the frame.
  private func firstFrame() throws -> (Int64?, Frame?) {
    var landed: Int64?
    let (packet, frame) = (try Packet(), try Frame())
    while try demuxer.read(into: packet) {
      try cancellation.check()
      lastPacketTime = packet.dts ?? packet.pts
      landed = landed ?? lastPacketTime
      try decoder.send(packet)
      if case .frame = try decoder.receive(into: frame) { return (landed, frame) }
    }
    return (landed, nil)
  }

  private func seconds(_ tick: Int64) -> Double { begin + Double(tick) * secondsPerTick }

  private func treatment(of packet: Packet, _ isWanted: (Double, Double) -> Bool) -> Decoder.Treatment? {
    var use = FrameUse.gifOnly
    if packet.duration != demuxer.ticksPerFrame, packet.duration > 0 { isSteady = false }
    if !decoder.sawDamage, isSteady, packet.duration > 0, let origin, let pts = packet.pts {
      let tick = pts - origin
      if packet.isHidden || !isWanted(seconds(tick), seconds(tick + packet.duration)) { use = .none }
    }
    switch droppable {
    case .all: return use == .none ? nil : .exact
    case .unreferenced: return use == .none ? .droppable : sparesFilter ? .unfiltered : .exact
    case .highestLayer(let layers):
      guard layers.isHighest(packet) else { return .exact }
      return use == .none ? .droppable : sparesFilter ? .unfiltered : .exact
    case .none: return .exact
    }
  }

  private func receive(_ take: Take) throws -> Bool {
    while true {
      let frame: Frame
      if let ahead {
        frame = ahead
        self.ahead = nil
      } else {
        frame = try Frame()
        guard case .frame = try decoder.receive(into: frame) else { return true }
      }
      decodedFrames += 1
      let time = frame.time ?? origin.map { $0 + Int64(decodedFrames - 1) * demuxer.ticksPerFrame } ?? 0
      if origin == nil { origin = time }
      let tick = time - origin!
      let length = zt_duration(frame.raw)
      let shown = seconds(tick)
      // A picture that claims to be older than one already shown is damage.
      let finish = seconds(tick + (length > 0 ? length : demuxer.ticksPerFrame))
      if finish <= end { continue }
      guard finish <= limits.maximumLength else { throw tooLong }
      end = finish
      if try !take(frame, shown) { return false }
    }
  }

  /// A file whose index names more pictures than could be read was broken off.
  private func checkEnd() throws(MediaError) {
    let count = avformat_index_get_entries_count(demuxer.stream)
    guard demuxer.isMOV, count > 0, let last = avformat_index_get_entry(demuxer.stream, count - 1) else { return }
    guard let read = lastPacketTime, read < last.pointee.timestamp else { return }
    throw MediaError(.truncated, "the video ends before the end that its index names")
  }
}
