/// Takes a playlist line by line.
struct PlaylistReader {
  private var variants: [Playlist.Variant] = []
  private var segments: [Playlist.Segment] = []
  private var pendingVariant: Playlist.Variant?
  private var duration: Double?
  private var range: (length: Int64, start: Int64?)?
  private var map: Playlist.Map?
  private var isDiscontinuous = false
  private var isGap = false
  /// Where the byte range before ended, for one that goes on from there.
  private var last: (uri: String, end: Int64)?

  mutating func take(_ line: String) throws(PlaylistError) {
    let line = Self.trimmed(line)
    if line.isEmpty { return }
    guard line.hasPrefix("#") else { return try takeURI(line) }
    if let value = Self.value(line, "#EXTINF:") {
      let number = value.prefix { $0 != "," }
      guard let seconds = Double(Self.trimmed(String(number))), seconds >= 0, seconds <= 86_400 else {
        throw PlaylistError(.malformed, "the playlist has a segment without a length")
      }
      duration = seconds
    } else if let value = Self.value(line, "#EXT-X-BYTERANGE:") {
      range = try Self.range(value)
    } else if let value = Self.value(line, "#EXT-X-STREAM-INF:") {
      pendingVariant = try Self.variant(AttributeList.read(value))
    } else if let value = Self.value(line, "#EXT-X-MAP:") {
      try takeMap(AttributeList.read(value))
    } else if let value = Self.value(line, "#EXT-X-KEY:") ?? Self.value(line, "#EXT-X-SESSION-KEY:") {
      let method = AttributeList.read(value)["METHOD"] ?? ""
      guard method == "NONE" else {
        throw PlaylistError(.encrypted, "the video is encrypted (\(method.prefix(40))), which cannot be converted")
      }
    } else if line == "#EXT-X-DISCONTINUITY" {
      isDiscontinuous = true
    } else if line == "#EXT-X-GAP" {
      isGap = true
    }
  }

  func playlist() throws(PlaylistError) -> Playlist {
    if !variants.isEmpty { return .master(variants) }
    guard !segments.isEmpty else { throw PlaylistError(.malformed, "the playlist names no segment") }
    return .media(segments)
  }

  private mutating func takeURI(_ line: String) throws(PlaylistError) {
    if var variant = pendingVariant {
      variant.uri = line
      variants.append(variant)
      pendingVariant = nil
      guard variants.count <= Playlist.maximumVariants else {
        throw PlaylistError(.tooLarge, "the playlist has more than \(Playlist.maximumVariants) variants")
      }
      return
    }
    guard let seconds = duration else {
      throw PlaylistError(.malformed, "the playlist has a segment without a length")
    }
    var segment = Playlist.Segment(uri: line, duration: seconds, map: map, isDiscontinuous: isDiscontinuous)
    if let range {
      // Without a start it goes on where the one before ended.
      guard let start = range.start ?? (last?.uri == line ? last!.end : nil) else {
        throw PlaylistError(.malformed, "the playlist has a byte range without a beginning")
      }
      segment.range = start..<start + range.length
      last = (line, start + range.length)
    } else {
      last = nil
    }
    if !isGap { segments.append(segment) }
    guard segments.count <= Playlist.maximumSegments else {
      throw PlaylistError(.tooLarge, "the playlist has more than \(Playlist.maximumSegments) segments")
    }
    isDiscontinuous = isGap
    (duration, range, isGap) = (nil, nil, false)
  }

  private mutating func takeMap(_ attributes: [String: String]) throws(PlaylistError) {
    guard let uri = attributes["URI"], !uri.isEmpty else {
      throw PlaylistError(.malformed, "the playlist has an EXT-X-MAP without an address")
    }
    var map = Playlist.Map(uri: uri)
    if let text = attributes["BYTERANGE"] {
      let range = try Self.range(text)
      map.range = (range.start ?? 0)..<(range.start ?? 0) + range.length
    }
    self.map = map
  }

  private static func variant(_ attributes: [String: String]) throws(PlaylistError) -> Playlist.Variant {
    var variant = Playlist.Variant(uri: "")
    variant.bandwidth = attributes["BANDWIDTH"].flatMap { Int($0) } ?? 0
    variant.codecs = (attributes["CODECS"] ?? "").split(separator: ",").map { trimmed(String($0)).lowercased() }
    let sides = (attributes["RESOLUTION"] ?? "").lowercased().split(separator: "x").compactMap { Int($0) }
    if sides.count == 2, sides.allSatisfy({ (1...65_535).contains($0) }) {
      (variant.width, variant.height) = (sides[0], sides[1])
    }
    if let rate = attributes["FRAME-RATE"].flatMap({ Double($0) }), rate > 0, rate < 1000 { variant.frameRate = rate }
    return variant
  }

  /// `LENGTH` or `LENGTH@START`.
  private static func range(_ text: String) throws(PlaylistError) -> (length: Int64, start: Int64?) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    let limit = Int64(1) << 50
    guard (1...2).contains(parts.count), let length = Int64(parts[0]), length > 0, length < limit else {
      throw PlaylistError(.malformed, "the playlist has a malformed byte range")
    }
    if parts.count == 1 { return (length, nil) }
    guard let start = Int64(parts[1]), start >= 0, start < limit else {
      throw PlaylistError(.malformed, "the playlist has a malformed byte range")
    }
    return (length, start)
  }

  private static func value(_ line: String, _ tag: String) -> String? {
    line.hasPrefix(tag) ? String(line.dropFirst(tag.count)) : nil
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}

/// `NAME=value,NAME="quoted, value"` (RFC 8216, section 4.2).
enum AttributeList {
  static func read(_ text: String) -> [String: String] {
    var result: [String: String] = [:]
    var rest = text.utf8[...]
    while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
      let name = String(Substring(rest[..<equals])).split(separator: " ").joined()
      rest = rest[rest.index(after: equals)...]
      let value: Substring.UTF8View.SubSequence
      if rest.first == UInt8(ascii: "\"") {
        rest = rest.dropFirst()
        let end = rest.firstIndex(of: UInt8(ascii: "\"")) ?? rest.endIndex
        value = rest[..<end]
        rest = rest[end...].dropFirst()
      } else {
        let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
        value = rest[..<end]
        rest = rest[end...]
      }
      result[name] = String(Substring(value))
      if let comma = rest.firstIndex(of: UInt8(ascii: ",")) { rest = rest[rest.index(after: comma)...] } else { break }
    }
    return result
  }
}
