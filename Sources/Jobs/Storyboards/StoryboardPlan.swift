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

  /// A clip's tiles in one object.
  package struct Strip: Sendable, Equatable {
    package var key: String
    package var bytes: Int

    package init(key: String, bytes: Int) {
      self.key = key
      self.bytes = bytes
    }
  }

  /// Where a strip has a tile.
  package struct Part: Sendable, Equatable {
    /// Index into `strips`.
    package var strip: Int
    /// Number of the still.
    package var number: Int
  }

  /// Seconds from one tile to the next; tile *i* stands for the time from `i × interval`.
  package let interval: Int
  /// Seconds of the whole video, more than the last tile's time.
  package let duration: Double
  /// One for each tile, in order.
  package let stills: [Still]
  /// Of the clips that have one, in order.
  package let strips: [Strip]
  /// For each tile where it lies ready; `nil` if it is to be made of its still.
  package let parts: [Part?]

  /// - Returns: `nil` where the manifest has no stills.
  package init?(_ manifest: Manifest, names: OutputKeys, interval: Int) {
    let clips = manifest.clips.filter { $0.frames > 0 }.sorted { $0.start < $1.start }
    guard let last = clips.last else { return nil }
    let seconds = last.start + last.frames
    var (stills, strips, parts) = ([Still](), [Strip](), [Part?]())
    var stripOfClip: [Int: Int] = [:]
    var clip = clips.startIndex
    for time in stride(from: 0, to: seconds, by: interval) {
      while clip + 1 < clips.endIndex, clips[clip + 1].start <= time { clip += 1 }
      // A clip that is not there (events written by hand) is stood for by the still before, the first one by the first.
      let number = min(max(time - clips[clip].start, 0) + 1, clips[clip].frames)
      stills.append(
        Still(
          key: names.still(start: clips[clip].start, number: number), bytes: clips[clip].frameBytes[number - 1]))
      guard let bytes = clips[clip].stripBytes, (clips[clip].start + number - 1).isMultiple(of: interval) else {
        parts.append(nil)
        continue
      }
      if stripOfClip[clip] == nil {
        stripOfClip[clip] = strips.count
        strips.append(Strip(key: names.strip(version: manifest.version, start: clips[clip].start), bytes: bytes))
      }
      parts.append(Part(strip: stripOfClip[clip]!, number: number))
    }
    self.interval = interval
    self.stills = stills
    self.strips = strips
    self.parts = parts
    let lastTime = (stills.count - 1) * interval
    duration = max(manifest.duration ?? Double(seconds), Double(lastTime) + 0.001)
  }

  package func time(ofTile index: Int) -> Int { index * interval }

  /// When a tile's time is over, seconds.
  package func end(ofTile index: Int) -> Double {
    index + 1 < stills.count ? Double(time(ofTile: index + 1)) : duration
  }
}
