import FrameConversion
import Demuxing
import Core
import LibAV
package import MediaTypes

/// Makes an animated GIF of a video while the video arrives: pictures are decoded, scaled, coded and handed over one
/// after the other, and only a few of them are held.
package enum AnimationConverter {
  package struct Result: Sendable, Equatable {
    package var width = 0
    package var height = 0
    /// Images in the file; those that change nothing are part of the one before.
    package var frames = 0
    package var bytes = 0
    /// Seconds that the animation lasts.
    package var seconds = 0.0
    package var decodedFrames = 0
    package var palettes = 0
  }

  /// Blocks until everything was handed to `output`; belongs on a thread of one's own.
  ///
  /// - Parameters:
  ///   - parts: gives one part after the other; `nil` at the end.
  ///   - threads: that work at the same time. With more than one, scaling and coding have a thread of their own.
  ///   - limits: `maximumLength` is that of the whole.
  ///   - output: takes the file in pieces, in order; throwing ends the work.
  ///   - progress: told the time that was reached, in seconds from the video's beginning.
  /// - Throws: `MediaError`; errors of sources and `output` unchanged. What was handed over is then incomplete.
  package static func convert(
    _ settings: AnimationSettings, parts: () throws -> AnimationPart?, threads: Int = 1,
    limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag(),
    progress: @escaping @Sendable (Double) -> Void = { _ in }, output: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws -> Result {
    let maker = try AnimationMaker(
      settings, format: .gif, isThreaded: threads > 1, progress: progress, output: output)
    do {
      var begin = 0.0
      var decoded = 0
      while !maker.isDone, let part = try parts() {
        let reader = try AnimationReader(
          part, begin: part.begin.map { max($0, begin) } ?? begin,
          wantedEnd: settings.duration.map { settings.start + $0 } ?? .infinity,
          threads: threads, limits: limits, cancellation: cancellation)
        defer { part.source.close() }
        // Before the first picture, if the container says its size: how pictures are decoded does not depend on how many of
        // them the decoder holds.
        let stated = reader.statedGeometry
        if stated.codedWidth > 0, stated.codedHeight > 0 {
          reader.spareFilter(codedWidth: stated.codedWidth, width: maker.size(of: stated).width)
        }
        try reader.run(
          isWanted: { begin, end in maker.needs(from: begin, until: end) },
          { frame, time in
            if decoded == 0 { try StreamChoice.check(width: frame.width, height: frame.height, limits: limits) }
            decoded += 1
            let geometry = reader.geometry(frame)
            let wantsMore = try maker.show(frame, geometry, from: time)
            reader.spareFilter(codedWidth: frame.width, width: maker.size(of: geometry).width)
            return wantsMore
          })
        // The last picture of a part stays until its end.
        begin = reader.end
        try maker.hold(until: begin)
      }
      var result = try maker.finish(at: begin)
      result.decodedFrames = decoded
      guard result.frames > 0 else {
        throw decoded == 0
          ? MediaError(.decodeFailed, "not a single picture of the video could be decoded")
          : MediaError(.invalidRequest, "the video ends before \(settings.start) s")
      }
      return result
    } catch {
      maker.abandon()
      throw error
    }
  }
}
