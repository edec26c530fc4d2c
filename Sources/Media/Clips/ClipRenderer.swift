package import ClipIndexing
import Demuxing
import FrameConversion
package import VideoDecoding
import CLibAV
package import MediaTypes
package import Core
import LibAV

/// Renders one clip: one demux and one decode for the GIF and the stills together.
package enum ClipRenderer {
  /// Blocks until everything was handed to `sink`; belongs on a thread of one's own.
  ///
  /// Pictures are those on screen: at time t the one with the largest presentation time ≤ t, the first one for earlier
  /// times, the last one for later times, all counted from the start of the presentation; of key frames only, where the
  /// request says so.
  ///
  /// - Parameters:
  ///   - header: instead of reading the file's own index; one that was made for another clip or another file, or does not
  ///     do, is passed over. The outputs do not depend on it.
  ///   - sequence: of clips of this very source; those that follow each other cost less. The outputs do not depend on it.
  ///   - processors: how many processors decoding may keep busy. The outputs do not depend on it. Default 1: more cost
  ///     more in all, and the GIF and the stills have threads of their own.
  /// - Throws: `MediaError` where the clip cannot be shown; errors of `source` and `sink` unchanged.
  package static func render(
    _ source: any ByteSource, _ request: ClipRequest, header: ClipHeader? = nil, to sink: any ClipSink,
    sequence: ClipSequence? = nil, cancellation: CancellationFlag = CancellationFlag(),
    limits: MediaLimits = MediaLimits(), processors: Int = 1
  ) throws -> ClipResult {
    try request.check()
    let rendering = Rendering(
      request: request, sink: sink, sequence: sequence, cancellation: cancellation, limits: limits,
      threads: processors)
    var timeline: JoinedTimeline?
    if let header, header.describes(request, of: source) {
      timeline = header.timeline
    }
    if let header, timeline == nil, header.describes(request, of: source) {
      let excerpt = SplicedSource(header, source)
      if let result = try rendering.run(excerpt, excerptOrigin: header.origin) { return result }
      // Nothing is known any more of where the reading will go.
      source.limitReadAhead(to: 0)
    }
    guard let result = try rendering.run(source, timeline: timeline) else {
      throw MediaError(.decodeFailed, "not a single picture of the clip could be decoded")
    }
    return result
  }
}

/// What is to be rendered, from whatever source.
private struct Rendering {
  let request: ClipRequest
  let sink: any ClipSink
  let sequence: ClipSequence?
  let cancellation: CancellationFlag
  let limits: MediaLimits
  let threads: Int

  /// - Parameter excerptOrigin: as for `FrameReader`.
  /// - Returns: `nil` without a picture, or if an excerpt does not do; nothing was given to the sink then.
  func run(
    _ source: any ByteSource, excerptOrigin: Int64? = nil, timeline: JoinedTimeline? = nil
  ) throws -> ClipResult? {
    let clock = ContinuousClock()
    let (began, usedBefore) = (clock.now, ProcessorTime.ofProcess)
    let outcome = RenderOutcome()
    var stages: ClipStages?
    var facts: VideoFacts?
    var stillTimes: [Double] = []
    let reader: FrameReader
    do {
      reader = try FrameReader(
        open: { try Demuxer(source, analysis: .headerOnly, limits: limits, cancellation: cancellation) },
        request: request, excerptOrigin: excerptOrigin, timeline: timeline, threads: threads, goesOn: sequence != nil,
        before: sequence?.take(for: request), limits: limits, cancellation: cancellation)
      let isComplete = try reader.run { frame, time, moments in
        if stages == nil {
          try StreamChoice.check(width: frame.width, height: frame.height, limits: limits)
          if zt_frame_has_dolby_colours(frame.raw) != 0 { throw StreamChoice.dolbyVision }
          let geometry = try canvas(reader, frame, source, isExcerpt: excerptOrigin != nil)
          facts = VideoFacts(reader, geometry: geometry, frame: frame)
          stages = try ClipStages(request, geometry: geometry, sink: sink, outcome: outcome, cancellation: cancellation)
        }
        if request.mode == .keyframes {
          stillTimes += moments.compactMap(\.still).map { _ in time }
        }
        try stages!.show(frame, reader.container.geometry(of: frame), moments)
      }
      if !isComplete { return nil }
    } catch is MediaError where excerptOrigin != nil && stages == nil && !cancellation.isCancelled {
      // The file's own index decides.
      return nil
    } catch {
      stages?.abandon()
      throw error
    }
    guard let stages, let facts else { return nil }
    // The GIF is made now; its memory can be what decoding took.
    reader.close()
    if let continuation = reader.continuation { sequence?.keep(continuation, after: request) }
    let output = try stages.finish()
    try cancellation.check()
    return ClipResult(
      facts: facts, gifFrames: output.gif?.frames ?? 0, gifBytes: output.gif?.bytes ?? 0,
      gifWidth: output.gif?.width ?? 0, gifHeight: output.gif?.height ?? 0, gifReduction: output.gif?.reduction,
      stills: output.stills, stillBytes: output.stillBytes,
      stillTimes: request.mode == .keyframes && request.stills != nil ? stillTimes : nil,
      packetsRead: reader.counts.packets, packetsSkipped: reader.counts.skipped, framesDecoded: reader.counts.frames,
      cpuSeconds: ProcessorTime.ofProcess - usedBefore, tileSeconds: output.tileSeconds,
      wallSeconds: (clock.now - began) / .seconds(1),
      sourceBytes: reader.sourceBytes)
  }

  /// All pictures of a video have the size of its first one, whatever clip they are in.
  private func canvas(
    _ reader: FrameReader, _ frame: Frame, _ source: any ByteSource, isExcerpt: Bool
  ) throws -> FrameGeometry {
    let own = reader.container.geometry(of: frame)
    guard request.start > 0, !reader.container.isAsStated(frame) else { return own }
    // An excerpt does not have the video's first picture.
    if isExcerpt {
      throw MediaError(.decodeFailed, "the pictures of the excerpt have another size than the container states")
    }
    let demuxer = try Demuxer(source, analysis: .headerOnly, limits: limits, cancellation: cancellation)
    var start = try StreamStart.find(demuxer)
    return try start.firstPicture(demuxer).map(demuxer.geometry(of:)) ?? own
  }
}
