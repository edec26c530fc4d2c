import Animations
package import Core
import Demuxing
import CLibAV
import LibAV
package import MediaTypes
import Synchronization
import VideoTracks

/// Encodes a stretch of a video as an animated image, of the same pictures as a video of that stretch has.
package enum AnimationPartEncoder {
  private static let colours = 256

  /// Blocks until the file is written; belongs on a thread of one's own.
  ///
  /// - Parameters:
  ///   - path: where the file is written.
  ///   - progress: called with the seconds that have been encoded, ascending.
  /// - Throws: `MediaError` if the pictures cannot be decoded or encoded; errors of `source` unchanged.
  package static func encode(
    _ source: any ByteSource, _ request: AnimationPartRequest, to path: String, limits: MediaLimits = MediaLimits(),
    cancellation: CancellationFlag = CancellationFlag(), progress: (Double) -> Void = { _ in }
  ) throws -> PartOutcome {
    let usedBefore = ProcessorTime.ofProcess
    let run = try FrameRun(
      source, stream: request.stream, from: PartBoundary(time: request.start, decodingTime: request.start), until: nil,
      threads: 1, limits: limits, cancellation: cancellation)
    let tick = av_q2d(run.stream.pointee.time_base)
    let file = Mutex(try BufferedFile(path: path))
    let settings = AnimationSettings(
      box: request.box, framesPerSecond: request.framesPerSecond, colours: colours, duration: request.seconds)
    let maker = try AnimationMaker(settings, format: request.format, isThreaded: true, progress: { _ in }) { bytes in
      try file.withLock { try $0.write(bytes) }
    }
    do {
      var end = 0.0
      try run.run { frame, time in
        if end == 0 { try StreamChoice.check(width: frame.width, height: frame.height, limits: limits) }
        let begin = Double(time - request.start) * tick
        end = begin + Double(max(1, zt_duration(frame.raw))) * tick
        progress(begin)
        return try maker.show(frame, run.picture.geometry(of: frame), from: begin)
      }
      let made = try maker.finish(at: min(end, request.seconds))
      guard made.frames > 0 else {
        throw MediaError(.decodeFailed, "not a single picture of this part of the video could be decoded")
      }
      try file.withLock { try $0.flush() }
      return PartOutcome(
        samples: made.frames, bytes: Int64(made.bytes), cpuSeconds: ProcessorTime.ofProcess - usedBefore)
    } catch {
      maker.abandon()
      throw error
    }
  }
}
