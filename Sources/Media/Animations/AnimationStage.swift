import FrameConversion
import CLibAV
import Core
import LibAV
import MediaTypes
import Synchronization

/// Scales pictures and codes them, on the caller's thread or on one of its own with a short queue before it.
final class AnimationStage {
  private struct Work: Sendable {
    let frame: Frame
    let geometry: FrameGeometry
    let count: Int
  }

  private final class Worker: @unchecked Sendable {
    let settings: AnimationSettings
    let progress: @Sendable (Double) -> Void
    let output: @Sendable ([UInt8]) throws -> Void
    let format: AnimationFormat
    var writer: (any AnimationWriter)?
    var scaler: (geometry: FrameGeometry, scaler: RGBScaler)?
    var frames = 0

    init(
      _ settings: AnimationSettings, _ format: AnimationFormat, _ progress: @escaping @Sendable (Double) -> Void,
      _ output: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
      self.settings = settings
      self.format = format
      self.progress = progress
      self.output = output
    }

    func add(_ work: Work) throws {
      let writer = try writer ?? begin(work.geometry)
      if scaler?.geometry != work.geometry {
        // All pictures take the size of the first one, whatever their own.
        scaler = (
          work.geometry, RGBScaler(width: writer.width, height: writer.height, orientation: work.geometry.orientation)
        )
      }
      try writer.add(try scaler!.scaler.scale(work.frame), frames: work.count)
      frames += work.count
      progress(settings.start + Double(frames) / Double(settings.framesPerSecond))
    }

    private func begin(_ geometry: FrameGeometry) throws -> any AnimationWriter {
      let size = settings.size(width: geometry.stillWidth, height: geometry.stillHeight)
      let writer: any AnimationWriter =
        switch format {
        case .gif:
          StreamedGIF(
            width: size.width, height: size.height, colours: settings.colours,
            framesPerSecond: settings.framesPerSecond, output: output)
        case .webp:
          try CollectedWebP(
            width: size.width, height: size.height, framesPerSecond: settings.framesPerSecond, output: output)
        }
      self.writer = writer
      return writer
    }
  }

  private let settings: AnimationSettings
  private let worker: Worker
  private let outcome = RenderOutcome()
  private let queue = BoundedQueue<Work>(capacity: 1)
  private var thread: DedicatedThread?

  init(
    _ settings: AnimationSettings, format: AnimationFormat = .gif, isThreaded: Bool,
    progress: @escaping @Sendable (Double) -> Void,
    output: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws {
    self.settings = settings
    let worker = Worker(settings, format, progress, output)
    self.worker = worker
    guard isThreaded else { return }
    thread = try DedicatedThread(name: "gif") { [queue, outcome] in
      do {
        while let work = queue.take() { try worker.add(work) }
      } catch {
        outcome.fail(error)
        queue.finish(discarding: true)
      }
    }
  }

  /// The size that pictures become, before they are turned upright.
  func size(of geometry: FrameGeometry) -> (width: Int, height: Int) {
    let size = settings.size(width: geometry.stillWidth, height: geometry.stillHeight)
    return geometry.orientation.transposed ? (size.height, size.width) : size
  }

  /// - Parameter count: frames of the animation that show the picture, 1 or more.
  func show(_ frame: Frame, _ geometry: FrameGeometry, count: Int) throws {
    let work = Work(frame: frame, geometry: geometry, count: count)
    guard thread != nil else { return try worker.add(work) }
    _ = queue.put(work)
    try outcome.rethrow()
  }

  func finish() throws -> AnimationConverter.Result {
    queue.finish()
    thread?.join()
    try outcome.rethrow()
    return try worker.writer?.finish() ?? AnimationConverter.Result()
  }

  func abandon() {
    queue.finish(discarding: true)
    thread?.join()
  }
}
