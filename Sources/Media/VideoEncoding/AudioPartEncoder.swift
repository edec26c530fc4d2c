import CLibAV
package import Core
import LibAV
import MP4
package import MediaTypes
import VideoTracks

/// Encodes the sound of a video as AAC, so that every sample is heard when the source says.
package enum AudioPartEncoder {
  /// Sound may be so far from where it belongs before silence is put in or samples are left out, seconds.
  static let tolerance = 0.01
  private static let rates: Set<Int> = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]

  /// Blocks until the part is written; belongs on a thread of one's own.
  ///
  /// - Parameters:
  ///   - path: where the part is written.
  ///   - progress: called with the seconds of sound that have been encoded, ascending.
  /// - Returns: `samples` 0 if the stream holds no sound; the part is empty then.
  package static func encode(
    _ source: any ByteSource, _ request: AudioPartRequest, to path: String, limits: MediaLimits = MediaLimits(),
    cancellation: CancellationFlag = CancellationFlag(), progress: (Double) -> Void = { _ in }
  ) throws -> PartOutcome {
    let usedBefore = ProcessorTime.ofProcess
    let file = try SourceFile(source, limits: limits, cancellation: cancellation)
    try file.select([request.stream])
    let stream = file.streams[request.stream]
    let decoder = try StreamDecoder(stream, threads: 1)
    let stated = Int(stream.pointee.codecpar.pointee.sample_rate)
    let rate = rates.contains(stated) ? stated : 48_000
    let converter = StereoConverter(rate: rate)
    let encoder = try AACEncoder(rate: rate)
    let writer = try PartWriter(path: path)
    let start = request.origin + (request.start ?? 0)
    let timeBase = av_q2d(stream.pointee.time_base)
    if request.start != nil { _ = try file.seek(request.stream, to: Int64((start - 0.5) / timeBase)) }
    let limit = request.end.map { Int64((($0 - (request.start ?? 0)) * Double(rate)).rounded()) }

    func write(_ packet: Packet) throws {
      let number = Int64(writer.samples.count)
      try writer.add(
        Array(packet.bytes), isSync: true, duration: Int64(AACEncoder.frameSize),
        time: number * Int64(AACEncoder.frameSize) - Int64(encoder.priming))
    }
    func give(_ output: StereoConverter.Output) throws {
      var output = output
      if let limit {
        let room = Int(max(0, limit - encoder.count))
        output.left = Array(output.left.prefix(room))
        output.right = Array(output.right.prefix(room))
      }
      try encoder.encode(output, write)
    }
    var place = SoundPlace(start: start)
    let frame = try Frame()
    func take() throws {
      while case .frame = try decoder.receive(into: frame) {
        let count = Int(frame.raw.pointee.nb_samples)
        let frameRate = Int(frame.raw.pointee.sample_rate)
        guard count > 0, frameRate > 0 else { continue }
        let move = place.add(count, rate: frameRate, at: frame.time.map { Double($0) * timeBase })
        var silence = move.silence
        while silence > 0 {
          let now = min(silence, frameRate)
          try give(converter.silence(now, like: frame))
          silence -= now
        }
        if move.skipped < count { try give(converter.convert(frame, skipping: move.skipped)) }
        progress(place.position)
      }
    }
    let packet = try Packet()
    while try file.read(into: packet) {
      try cancellation.check()
      try decoder.send(packet)
      try take()
      if let limit, encoder.count >= limit { break }
    }
    try decoder.send(nil)
    try take()
    try give(converter.flush())
    if encoder.count > 0 { try encoder.finish(write) }
    try writer.finish(.audio(encoder.format), priming: encoder.priming, soundLength: encoder.count)
    return PartOutcome(
      samples: writer.samples.count, bytes: writer.bytes, cpuSeconds: ProcessorTime.ofProcess - usedBefore)
  }
}

/// Where sound belongs: how much silence goes before a run of samples, or how much of it is left out; pure.
struct SoundPlace {
  /// Seconds of sound so far.
  private(set) var position: Double = 0
  private var start: Double

  /// - Parameter start: the time at which the first sample is heard, seconds.
  init(start: Double) { self.start = start }

  struct Move: Equatable {
    var silence = 0
    var skipped = 0
  }

  /// - Parameters:
  ///   - count: samples of the run.
  ///   - rate: samples per second.
  ///   - time: when the run is heard, seconds; `nil` if it follows what was before.
  mutating func add(_ count: Int, rate: Int, at time: Double?) -> Move {
    var move = Move()
    if let time {
      let late = time - start - position
      if position > 0, abs(late) > 60 {
        // The stream begins again.
        start += late
      } else if position == 0 || abs(late) > AudioPartEncoder.tolerance {
        let samples = Int((late * Double(rate)).rounded())
        if samples > 0 { move.silence = samples } else { move.skipped = min(count, -samples) }
      }
    }
    position += Double(count + move.silence - move.skipped) / Double(rate)
    return move
  }
}
