extension OutputKeys {
  /// Everything of the storyboard is below this prefix, each object under the same name whatever the version, so that a
  /// page may keep its name.
  package var storyboardPrefix: String { "\(folder)/storyboard/" }

  /// - Parameter number: from 0.
  package func sheet(_ number: Int) -> String { "\(storyboardPrefix)sheet-\(number).jpg" }

  /// A storyboard's documents and its poster, by their names below the prefix.
  package enum StoryboardFile: String, CaseIterable {
    /// WebVTT whose cues are tiles, as video players take them.
    case thumbnails = "thumbnails.vtt"
    /// The same for programs.
    case description = "storyboard.json"
    /// The same as an HLS image media playlist.
    case playlist = "storyboard.m3u8"
    /// One small sheet of the whole video.
    case overview = "overview.jpg"
    case poster = "poster.jpg"
  }

  package func storyboard(_ file: StoryboardFile) -> String { storyboardPrefix + file.rawValue }

  /// Whether `key` is part of this source's storyboard, by its name: what cleaning up may touch.
  package func isStoryboard(_ key: String) -> Bool {
    guard key.hasPrefix(storyboardPrefix) else { return false }
    let name = key.dropFirst(storyboardPrefix.count)
    if StoryboardFile(rawValue: String(name)) != nil { return true }
    guard name.hasPrefix("sheet-"), name.hasSuffix(".jpg") else { return false }
    let number = name.dropFirst(6).dropLast(4)
    return !number.isEmpty && number.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
