package import FrameConversion
package import LibAV
package import MediaTypes

/// Makes an animated image of pictures that are handed over in the order in which they are shown.
///
/// Frame k shows what is on screen at `start + k / rate`: the picture with the largest time at or before it.
package final class AnimationMaker {
  private let stage: AnimationStage
  private var schedule: AnimationSchedule
  /// On screen, until the next picture says for how long.
  private var current: (frame: Frame, geometry: FrameGeometry)?

  /// - Parameters:
  ///   - settings: `start` is when the animation begins, on the time line of the pictures.
  ///   - isThreaded: scaling and coding have a thread of their own.
  ///   - output: takes the file in pieces, in order; throwing ends the work.
  /// - Throws: `MediaError`.
  package init(
    _ settings: AnimationSettings, format: AnimationFormat, isThreaded: Bool,
    progress: @escaping @Sendable (Double) -> Void, output: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws {
    try settings.check()
    stage = try AnimationStage(
      settings, format: format, isThreaded: isThreaded, progress: progress, output: output)
    schedule = AnimationSchedule(settings)
  }

  /// Whether all frames are there.
  var isDone: Bool { schedule.isDone }

  /// Whether any frame that is not there yet lies within a picture's time on screen, seconds.
  func needs(from begin: Double, until end: Double) -> Bool { schedule.needs(from: begin, until: end) }

  /// The size that pictures become, before they are turned upright.
  func size(of geometry: FrameGeometry) -> (width: Int, height: Int) { stage.size(of: geometry) }

  /// - Parameter time: when the picture comes on screen, seconds.
  /// - Returns: whether more pictures are wanted.
  package func show(_ frame: Frame, _ geometry: FrameGeometry, from time: Double) throws -> Bool {
    try hold(until: time)
    current = (frame, geometry)
    return !schedule.isDone
  }

  /// - Parameter end: when the last picture leaves the screen, seconds.
  package func finish(at end: Double) throws -> AnimationConverter.Result {
    try hold(until: end)
    return try stage.finish()
  }

  /// Drops what is waiting and ends the thread.
  package func abandon() { stage.abandon() }

  /// The picture on screen stays until `end`, seconds.
  func hold(until end: Double) throws {
    guard let current else { return }
    let count = schedule.frames(until: end)
    if count > 0 { try stage.show(current.frame, current.geometry, count: count) }
  }
}
