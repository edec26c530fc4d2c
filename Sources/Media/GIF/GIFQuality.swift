import MediaTypes
import LibAV

/// How one attempt at an animation is coded: as the settings say, or smaller.
struct GIFQuality: Equatable, Sendable {
  /// Colours of the palette, without the entry for transparency.
  var colours: Int
  var dither: GIFSettings.Dither
  /// How far a source pixel may move in any channel, of 255, and still count as unchanged.
  var tolerance = 1
  /// Every how many-th frame is kept.
  var frameStep = 1
  /// How often width and height are halved.
  var halvings = 0
  /// About how large the file is relative to the first rung's. Decides which rungs are tried, not what they look like.
  var share = 1.0

  init(_ settings: GIFSettings) {
    colours = settings.colours - 1
    dither = settings.dither
  }

  /// Ever smaller ways to code an animation, ordered by what viewers mind least; the last one is a single small frame.
  static func rungs(_ settings: GIFSettings, frames: Int) -> [GIFQuality] {
    let first = GIFQuality(settings)
    var rungs = [first]
    func add(
      _ share: Double, tolerance: Int, colours: Int = 255, dither: GIFSettings.Dither = .sierra2_4a, step: Int = 1,
      halvings: Int = 0
    ) {
      var rung = first
      rung.share = share
      rung.tolerance = tolerance
      rung.colours = min(first.colours, colours)
      rung.dither = first.dither == .none ? .none : dither == .sierra2_4a ? first.dither : dither
      rung.frameStep = min(step, max(1, frames))
      // Nothing is to be seen in less than a few pixels.
      rung.halvings = min(halvings, Self.mostHalvings(width: settings.width))
      if rung != rungs.last { rungs.append(rung) }
    }
    add(0.85, tolerance: 5)
    add(0.70, tolerance: 8)
    add(0.55, tolerance: 8, colours: 127)
    add(0.42, tolerance: 8, colours: 127, step: 2)
    add(0.33, tolerance: 8, colours: 63, step: 2)
    add(0.25, tolerance: 10, colours: 63, dither: .bayer, step: 2)
    add(0.19, tolerance: 10, colours: 63, dither: .bayer, step: 3)
    add(0.14, tolerance: 8, colours: 127, step: 2, halvings: 1)
    add(0.10, tolerance: 10, colours: 63, dither: .bayer, step: 2, halvings: 1)
    add(0.06, tolerance: 10, colours: 63, dither: .bayer, step: 5, halvings: 1)
    add(0.04, tolerance: 10, colours: 31, dither: .none, step: 5, halvings: 1)
    add(0.02, tolerance: 10, colours: 31, dither: .none, step: 5, halvings: 2)
    add(0.01, tolerance: 10, colours: 31, dither: .none, step: 10, halvings: 2)
    add(0.005, tolerance: 10, colours: 15, dither: .none, step: 20, halvings: 2)
    add(0.002, tolerance: 10, colours: 15, dither: .none, step: 60, halvings: 3)
    add(0.0005, tolerance: 10, colours: 15, dither: .none, step: frames, halvings: 6)
    return rungs
  }

  /// At least 16 pixels are left.
  private static func mostHalvings(width: Int) -> Int {
    var halvings = 0
    while width >> (halvings + 1) >= 16 { halvings += 1 }
    return halvings
  }

  /// The rung to try after `rung`, which was full when `done` of all frames were written.
  static func next(after rung: Int, done: Double, of rungs: [GIFQuality]) -> Int {
    // A little too much is hoped for, as a rung too low costs quality and a rung too high only time.
    let wanted = rungs[rung].share * min(1, done * 1.15)
    return rungs.indices.first { $0 > rung && rungs[$0].share <= wanted } ?? rungs.count - 1
  }
}
