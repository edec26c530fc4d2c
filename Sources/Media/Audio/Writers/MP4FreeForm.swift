package import AudioDecoding
/// Fields that libav's MP4 muxer has no atom for, as iTunes writes them: `----` items of `com.apple.iTunes`. Pure.
package enum MP4FreeForm {
  /// Names that libav's muxer writes itself (`movenc`, iTunes metadata).
  private static let written: Set<String> = [
    "title", "artist", "album_artist", "composer", "album", "date", "comment", "genre", "copyright", "grouping",
    "lyrics",
    "description", "synopsis", "show", "episode_id", "network", "keywords", "episode_sort", "season_number",
    "media_type",
    "hd_video", "gapless_playback", "compilation", "track", "disc", "tmpo", "encoder", "sort_name", "sort_album",
    "sort_artist", "sort_album_artist", "sort_composer", "sort_show",
  ]

  package static func fields(_ tags: AudioTags) -> [AudioTags.Field] {
    tags.fields.filter { !written.contains($0.name.lowercased()) && $0.name.utf8.count <= 255 }.prefix(500).map { $0 }
  }

  /// Adds the fields to a movie box.
  package static func add(_ fields: [AudioTags.Field], to movie: [UInt8]) -> [UInt8] {
    if fields.isEmpty { return movie }
    let items = fields.flatMap(item)
    return added(items, to: movie, path: ["udta", "meta", "ilst"][...])
  }

  /// - Parameters:
  ///   - box: a whole box.
  ///   - path: the boxes to descend to.
  private static func added(_ items: [UInt8], to box: [UInt8], path: ArraySlice<String>) -> [UInt8] {
    guard let next = path.first else { return sized(box + items) }
    // `meta` has a version before its children.
    var offset = String(decoding: box[4..<8], as: UTF8.self) == "meta" ? 12 : 8
    while offset + 8 <= box.count {
      let size = Int(number(box, offset))
      guard size >= 8, offset + size <= box.count else { break }
      if box[(offset + 4)..<(offset + 8)].elementsEqual(next.utf8) {
        let child = added(items, to: Array(box[offset..<(offset + size)]), path: path.dropFirst())
        return sized(Array(box[..<offset]) + child + box[(offset + size)...])
      }
      offset += size
    }
    return sized(box + added(items, to: empty(next), path: path.dropFirst()))
  }

  private static func empty(_ type: String) -> [UInt8] {
    guard type == "meta" else { return make(type, []) }
    let handler = make(
      "hdlr", [UInt8](repeating: 0, count: 8) + Array("mdirappl".utf8) + [UInt8](repeating: 0, count: 9))
    return make("meta", [0, 0, 0, 0] + handler)
  }

  private static func item(_ field: AudioTags.Field) -> [UInt8] {
    let mean = make("mean", [0, 0, 0, 0] + Array("com.apple.iTunes".utf8))
    let name = make("name", [0, 0, 0, 0] + Array(field.name.utf8))
    // Type 1: UTF-8.
    let data = make("data", [0, 0, 0, 1, 0, 0, 0, 0] + Array(field.value.utf8))
    return make("----", mean + name + data)
  }

  private static func make(_ type: String, _ body: [UInt8]) -> [UInt8] {
    sized([0, 0, 0, 0] + Array(type.utf8) + body)
  }

  private static func sized(_ box: [UInt8]) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: box.count >> (24 - 8 * $0)) } + box[4...]
  }

  private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
