import MediaTypes
package import Previews

/// Which still each tile of a video shows.
package struct StoryboardPlan: Sendable, Equatable {
  /// A still of the manifest.
  package struct Still: Sendable, Equatable {
    package var key: String
    package var bytes: Int

    package init(key: String, bytes: Int) {
      self.key = key
      self.bytes = bytes
    }
  }

  /// Seconds from one tile to the next; tile *i* stands for the time from `i × interval`.
  package let interval: Int
  /// Seconds of the whole video, more than the last tile's time.
  package let duration: Double
  /// One for each tile, in order.
  package let stills: [Still]

  /// - Returns: `nil` where the manifest has no stills.
  package init?(_ manifest: Manifest, names: OutputNames, interval: Int) {
    let clips = manifest.clips.filter { $0.frames > 0 }.sorted { $0.start < $1.start }
    guard let last = clips.last else { return nil }
    let seconds = last.start + last.frames
    var stills: [Still] = []
    var clip = clips.startIndex
    for time in stride(from: 0, to: seconds, by: interval) {
      while clip + 1 < clips.endIndex, clips[clip + 1].start <= time { clip += 1 }
      // A clip that is not there (events written by hand) is stood for by the still before, the first one by the first.
      let number = min(max(time - clips[clip].start, 0) + 1, clips[clip].frames)
      stills.append(
        Still(
          key: names.still(start: clips[clip].start, number: number), bytes: clips[clip].frameBytes[number - 1]))
    }
    self.interval = interval
    self.stills = stills
    let lastTime = (stills.count - 1) * interval
    duration = max(manifest.duration ?? Double(seconds), Double(lastTime) + 0.001)
  }

  package func time(ofTile index: Int) -> Int { index * interval }

  /// When a tile's time is over, seconds.
  package func end(ofTile index: Int) -> Double {
    index + 1 < stills.count ? Double(time(ofTile: index + 1)) : duration
  }
}
