import GIF
import FrameConversion
import VideoDecoding
import CLibAV
import MediaTypes
import Core
import Synchronization
import LibAV

/// The stages behind the decoder, each on a thread of its own, each with a short queue before it:
///
///     reading, decoding ──┬── GIF: downscale, count colours ── at the end: palette, dither, LZW ── sink
///      (caller's thread)  └── stills: convert, JPEG; tiles: downscale, JPEG ── sink
///
/// Queues hold references to decoded pictures, so their length is what bounds memory.
final class ClipStages {
  private struct GIFWork: Sendable {
    let frame: Frame
    let geometry: FrameGeometry
    let repeats: Int
  }
  private struct StillWork: Sendable {
    let frame: Frame
    let geometry: FrameGeometry
    let numbers: [Int]
  }

  struct GIF: Sendable {
    var frames: Int
    var bytes: Int
    var width: Int
    var height: Int
    var reduction: GIFReduction?
  }

  /// What the stages made; complete after `finish`.
  struct Output: Sendable {
    var gif: GIF?
    var stills = 0
    var stillBytes = 0
    var tileSeconds = 0.0
  }

  private let outcome: RenderOutcome
  private let output = SharedOutput()
  private let gifs = BoundedQueue<GIFWork>(capacity: 3)
  private let stills = BoundedQueue<StillWork>(capacity: 2)
  private var threads: [DedicatedThread] = []

  private final class SharedOutput: Sendable {
    let value = Mutex(Output())
  }

  init(
    _ request: ClipRequest, geometry: FrameGeometry, sink: any ClipSink, outcome: RenderOutcome,
    cancellation: CancellationFlag
  ) throws {
    self.outcome = outcome
    do {
      if let settings = request.gif {
        threads.append(try Self.gifThread(settings, geometry, sink, gifs, outcome, cancellation, output))
      }
      if let settings = request.stills {
        threads.append(try Self.stillThread(request, settings, geometry, sink, stills, outcome, output))
      }
    } catch {
      abandon()
      throw error
    }
  }

  /// Blocks while a stage is behind.
  ///
  /// - Parameter geometry: of this picture, which need not be that of all.
  func show(_ frame: Frame, _ geometry: FrameGeometry, _ moments: ArraySlice<FrameSchedule.Moment>) throws {
    let repeats = moments.reduce(0) { $0 + $1.gifFrames }
    let numbers = moments.compactMap(\.still)
    if repeats > 0 { _ = gifs.put(GIFWork(frame: frame, geometry: geometry, repeats: repeats)) }
    if !numbers.isEmpty { _ = stills.put(StillWork(frame: frame, geometry: geometry, numbers: numbers)) }
    try outcome.rethrow()
  }

  /// Waits until everything shown was handed over.
  func finish() throws -> Output {
    gifs.finish()
    stills.finish()
    for thread in threads { thread.join() }
    try outcome.rethrow()
    return output.value.withLock { $0 }
  }

  /// Drops what is waiting and ends the threads.
  func abandon() {
    gifs.finish(discarding: true)
    stills.finish(discarding: true)
    for thread in threads { thread.join() }
  }

  private static func gifThread(
    _ settings: GIFSettings, _ geometry: FrameGeometry, _ sink: any ClipSink, _ queue: BoundedQueue<GIFWork>,
    _ outcome: RenderOutcome, _ cancellation: CancellationFlag, _ output: SharedOutput
  ) throws -> DedicatedThread {
    try DedicatedThread(name: "clip-gif") {
      do {
        let stage = GIFStage(settings, geometry: geometry, sink: sink)
        while let work = queue.take() { try stage.add(work.frame, work.geometry, repeats: work.repeats) }
        guard !outcome.hasFailed,
          let file = try stage.finish(isCancelled: { outcome.hasFailed || cancellation.isCancelled })
        else { return }
        output.value.withLock {
          $0.gif = GIF(
            frames: file.frames, bytes: file.bytes.count, width: file.width, height: file.height,
            reduction: file.reduction)
        }
      } catch {
        outcome.fail(error)
        queue.finish(discarding: true)
      }
    }
  }

  private static func stillThread(
    _ request: ClipRequest, _ settings: StillSettings, _ geometry: FrameGeometry, _ sink: any ClipSink,
    _ queue: BoundedQueue<StillWork>, _ outcome: RenderOutcome, _ output: SharedOutput
  ) throws -> DedicatedThread {
    try DedicatedThread(name: "clip-stills") {
      do {
        let stage = try StillStage(settings, geometry: geometry, sink: sink)
        let size = settings.size(width: geometry.stillWidth, height: geometry.stillHeight)
        let tiles = try request.tiles.map {
          try TileStage($0, start: request.start, stills: size, geometry: geometry, sink: sink)
        }
        while let work = queue.take() {
          try stage.add(work.frame, work.geometry, numbers: work.numbers)
          try tiles?.add(work.frame, work.geometry, numbers: work.numbers)
        }
        output.value.withLock {
          $0.stills = stage.count
          $0.stillBytes = stage.bytes
          $0.tileSeconds = tiles?.cpuSeconds ?? 0
        }
      } catch {
        outcome.fail(error)
        queue.finish(discarding: true)
      }
    }
  }
}
