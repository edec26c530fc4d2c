/// The frames of an animation in time: pictures, each shown for one frame or several.
struct GIFTimeline {
  /// One picture of the file and the delays of its frames, in hundredths of a second.
  struct Entry: Equatable {
    var picture: Int
    var delays: [Int]

    package init(picture: Int, delays: [Int]) {
      self.picture = picture
      self.delays = delays
    }
  }

  private let framesPerSecond: Int
  private var repeats: [Int] = []
  private(set) var frames = 0

  init(framesPerSecond: Int) {
    self.framesPerSecond = framesPerSecond
  }

  /// The next picture, which `count` frames in a row show.
  mutating func add(repeats count: Int) {
    repeats.append(count)
    frames += count
  }

  /// Every `step`-th frame, each as long as those that it stands for.
  func entries(step: Int) -> [Entry] {
    var entries: [Entry] = []
    var (picture, end) = (0, repeats.first ?? 0)
    for frame in stride(from: 0, to: frames, by: step) {
      while frame >= end {
        picture += 1
        end += repeats[picture]
      }
      let delay = time(min(frame + step, frames)) - time(frame)
      if entries.last?.picture == picture {
        entries[entries.count - 1].delays.append(delay)
      } else {
        entries.append(Entry(picture: picture, delays: [delay]))
      }
    }
    return entries
  }

  /// When a frame begins, in hundredths of a second, rounded: where the rate does not divide 100, delays alternate so that
  /// their sum stays right.
  private func time(_ frame: Int) -> Int { (100 * frame + framesPerSecond / 2) / framesPerSecond }
}
