package import CLibAV
package import Core
package import Demuxing
package import LibAV
package import MediaTypes

/// The decoded pictures of one stretch of a video, each exactly once, in the order in which they are shown.
///
/// A stretch that begins between two pictures begins with the one that is on screen then. Parts of one video that follow
/// each other hand over every picture of it: a picture belongs to the part within whose times it is shown, whatever other
/// pictures it is decoded from. Pictures beyond the stretch follow as long as they are asked for.
package final class FrameRun {
  package let file: SourceFile
  package let stream: UnsafeMutablePointer<AVStream>
  /// How the pictures are shown.
  package let picture: StatedFrame
  private let index: Int
  private let decoder: StreamDecoder
  private let from: PartBoundary?
  /// Pictures of the stretch come before this time, ticks of the stream.
  package let until: Int64?
  private let cancellation: CancellationFlag
  /// The last picture that was handed over.
  private var last: Int64?
  /// The picture on screen when the stretch begins, if it came earlier.
  private var held: Frame?
  /// The picture on screen when the stretch begins has not been found yet.
  private var isEntering = false
  /// Where the container's times jump, later ones are brought back in sequence.
  private var shift: Int64 = 0
  /// Ticks between pictures if nothing else says.
  private let step: Int64

  /// - Parameters:
  ///   - from: the key frame to begin at; `nil` for the beginning.
  ///   - until: pictures before this time only, ticks of the stream.
  ///   - threads: that decode.
  package init(
    _ source: any ByteSource, stream: Int, from: PartBoundary?, until: Int64?, threads: Int,
    limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag()
  ) throws {
    file = try SourceFile(source, limits: limits, cancellation: cancellation)
    try file.select([stream])
    index = stream
    self.stream = file.streams[stream]
    picture = file.picture(stream)
    decoder = try StreamDecoder(self.stream, crop: picture.crop, threads: threads)
    self.from = from
    self.until = until
    self.cancellation = cancellation
    let rate = av_q2d(self.stream.pointee.avg_frame_rate)
    step = max(
      1, Int64((1 / ((rate > 0 && rate.isFinite ? rate : 25) * av_q2d(self.stream.pointee.time_base))).rounded()))
  }

  /// Hands over each picture and its time, ticks of the stream. Throwing ends the reading.
  ///
  /// - Parameter show: whether another picture is wanted.
  /// - Throws: `MediaError` (`decodeFailed`) if the part cannot be entered.
  package func run(_ show: (Frame, Int64) throws -> Bool) throws {
    guard let from else {
      _ = try decode(nil, show)
      return
    }
    var target = from.decodingTime
    // Where decoding began without giving the picture on screen at the beginning.
    var tooLate: Int64?
    let second = max(1, Int64(1 / av_q2d(stream.pointee.time_base)))
    for attempt in 0..<Self.mostAttempts {
      if attempt == Self.mostAttempts - 1 { target = min(target, file.beginning(of: index)) }
      let step = second << (2 * Int64(attempt))
      guard try file.seek(index, to: target), let key = try firstKey(notAfter: from) else {
        target -= step
        continue
      }
      let place = key.dts ?? key.pts ?? target
      guard tooLate.map({ place < $0 }) ?? true else {
        target -= step
        continue
      }
      decoder.flush()
      if try decode(key, mayBeLate: true, show) { return }
      tooLate = place
      target = attempt == 0 ? place - 1 : place - step / 4
    }
    guard let tooLate, try file.seek(index, to: tooLate), let key = try firstKey(notAfter: from) else {
      throw MediaError(.decodeFailed, "the key frame at \(from.time) ticks was not found again")
    }
    // There is nothing earlier.
    decoder.flush()
    _ = try decode(key, show)
  }

  private static let mostAttempts = 6

  /// The first key frame that is read now; `nil` if it comes too late.
  private func firstKey(notAfter boundary: PartBoundary) throws -> Packet? {
    for _ in 0..<5000 {
      let packet = try Packet()
      guard try file.read(into: packet) else { return nil }
      guard packet.isKey else { continue }
      return (packet.pts ?? packet.dts ?? .max) <= boundary.time ? packet : nil
    }
    return nil
  }

  /// - Parameter mayBeLate: nothing is shown if no picture comes before the stretch begins: with a gradual refresh, pictures
  ///   are complete only some time after the key frame.
  /// - Returns: `false` if it was too late.
  private func decode(
    _ first: Packet?, mayBeLate: Bool = false, _ show: (Frame, Int64) throws -> Bool
  ) throws -> Bool {
    isEntering = mayBeLate
    let packet = try first ?? Packet()
    if first == nil, try !file.read(into: packet) { return true }
    repeat {
      try cancellation.check()
      try decoder.send(packet)
      if try take(show) { return !isEntering }
    } while try file.read(into: packet)
    try decoder.send(nil)
    if try take(show) || isEntering { return !isEntering }
    if let from, let held { _ = try show(held, from.time) }
    return true
  }

  /// - Returns: `true` once no other picture is wanted, or the first one came too late.
  private func take(_ show: (Frame, Int64) throws -> Bool) throws -> Bool {
    while true {
      let frame = try Frame()
      guard case .frame = try decoder.receive(into: frame) else { return false }
      guard let time = timed(frame) else { continue }
      if isEntering {
        if let from, time > from.time { return true }
        isEntering = false
      }
      if let from, time < from.time {
        held = frame
        continue
      }
      if let from, let held, time > from.time {
        last = from.time
        if try !show(held, from.time) { return true }
      }
      held = nil
      last = time
      if try !show(frame, time) { return true }
    }
  }

  /// The picture's time in sequence; `nil` for one that is shown at the time of another.
  private func timed(_ frame: Frame) -> Int64? {
    guard var time = frame.time.map({ $0 + shift }) else { return (last ?? -step) + step }
    guard let last else { return time }
    if !file.isMOV, !file.isMatroska, from == nil, until == nil {
      // Streams that were joined: their times start again.
      let jump = Int64(10 / av_q2d(stream.pointee.time_base))
      if time < last - step * 8 || time > last + jump {
        shift += last + step - time
        time = last + step
      }
    }
    return time > last ? time : nil
  }
}
