package import Images
package import MediaTypes

/// An endless animation with one palette for all of its frames, which makes it small and its colours steady.
///
/// The palette needs every frame, so the downscaled frames are kept until the last one was added.
package final class GIFEncoder {
  package let width: Int
  package let height: Int
  private let settings: GIFSettings
  private var pictures: [RGBImage] = []
  /// How often each of `pictures` is shown, of those that are not counted yet, the last ones.
  private var uncounted: [UInt32] = []
  private var timeline: GIFTimeline
  private let histogram = ColourHistogram()

  package struct File {
    package var bytes: [UInt8]
    package var width: Int
    package var height: Int
    package var frames: Int
    /// What was given up to fit the settings' `maximumBytes`.
    package var reduction: GIFReduction?
  }

  package init(_ settings: GIFSettings, height: Int) {
    self.settings = settings
    width = settings.width
    self.height = height
    timeline = GIFTimeline(framesPerSecond: settings.framesPerSecond)
  }

  package var isEmpty: Bool { pictures.isEmpty }

  /// - Parameter repeats: how many frames in a row show the picture.
  package func add(_ picture: RGBImage, repeats: Int) {
    pictures.append(picture)
    uncounted.append(UInt32(repeats))
    timeline.add(repeats: repeats)
    if uncounted.count == Self.counted { countColours() }
  }

  /// Pictures whose colours are counted in one go. The tables are as large as a processor's cache, of which decoding leaves
  /// nothing: one picture at a time takes twice as long.
  private static let counted = 32

  private func countColours() {
    for (picture, weight) in zip(pictures.suffix(uncounted.count), uncounted) { histogram.add(picture, weight: weight) }
    uncounted.removeAll(keepingCapacity: true)
  }

  /// - Parameter isCancelled: asked a few times per picture, by two threads.
  /// - Returns: the file (GIF89a); `nil` where it was cancelled.
  /// - Throws: `DedicatedThread.StartError` if the system gives no thread.
  package func finish(isCancelled: @escaping @Sendable () -> Bool) throws -> File? {
    countColours()
    guard let limit = settings.maximumBytes else {
      guard case .whole(let file) = try encode(GIFQuality(settings), limit: .max, isCancelled) else { return nil }
      return file
    }
    let rungs = GIFQuality.rungs(settings, frames: timeline.frames)
    // The rung that is known to be too large, and the best known to fit: between them lies the answer.
    var tooLarge = -1
    var fitting: (rung: Int, file: File)?
    var rung = 0
    while rung > tooLarge {
      switch try encode(rungs[rung], limit: rung == rungs.count - 1 ? .max : limit, isCancelled) {
      case .cancelled: return nil
      case .full(let done):
        tooLarge = rung
        rung =
          fitting.map { tooLarge + ($0.rung - tooLarge) / 2 } ?? GIFQuality.next(after: rung, done: done, of: rungs)
      case .whole(let file):
        fitting = (rung, file)
        rung = tooLarge + (rung - tooLarge) / 2
      }
    }
    guard let fitting else { return nil }
    var file = fitting.file
    let found = fitting.rung
    if found > 0 {
      file.reduction = GIFReduction(
        width: file.width, height: file.height, frameStep: rungs[found].frameStep, colours: rungs[found].colours + 1,
        dither: rungs[found].dither)
    }
    return file
  }

  private func encode(
    _ quality: GIFQuality, limit: Int, _ isCancelled: @escaping @Sendable () -> Bool
  ) throws -> AnimationCoder.Outcome {
    let palette = PaletteMaker.palette(of: histogram, colours: quality.colours)
    let coder = AnimationCoder(
      pictures, timeline, quality, width: max(1, width >> quality.halvings), height: max(1, height >> quality.halvings),
      palette: palette, limit: limit, isCancelled: isCancelled)
    return try coder.run()
  }
}
