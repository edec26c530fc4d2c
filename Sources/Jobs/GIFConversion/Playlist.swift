/// A playlist of HTTP Live Streaming (RFC 8216): what there is to choose from, or what is to be played.
package enum Playlist: Equatable {
  case master([Variant])
  case media([Segment])

  /// One way to have the whole.
  package struct Variant: Equatable {
    package var uri: String
    package var bandwidth = 0
    package var codecs: [String] = []
    /// Pixels; 0 where the playlist does not say.
    package var width = 0
    package var height = 0
    /// Frames per second; 0 where the playlist does not say.
    package var frameRate = 0.0
  }

  /// One file, or part of one.
  package struct Segment: Equatable {
    package var uri: String
    /// Seconds.
    package var duration: Double
    /// Bytes of the file; `nil` for all.
    package var range: Range<Int64>?
    /// What stands before the first segment that names it.
    package var map: Map?
    /// Times and formats do not go on from the segment before.
    package var isDiscontinuous = false
  }

  package struct Map: Equatable {
    package var uri: String
    package var range: Range<Int64>?

    package init(uri: String, range: Range<Int64>? = nil) {
      self.uri = uri
      self.range = range
    }
  }

  /// Bytes of a playlist, and entries in it.
  package static let maximumBytes = 2 << 20
  package static let maximumVariants = 200
  package static let maximumSegments = 5000
  private static let maximumLine = 16 << 10

  /// - Throws: `PlaylistError`.
  package init(_ bytes: [UInt8]) throws(PlaylistError) {
    guard bytes.count <= Self.maximumBytes else {
      throw PlaylistError(.tooLarge, "the playlist is longer than \(Self.maximumBytes) bytes")
    }
    var lines = bytes.split { $0 == 0x0a || $0 == 0x0d }[...]
    // A byte order mark is not allowed, and met all the same.
    if let first = lines.first, first.starts(with: [0xef, 0xbb, 0xbf]) { lines[lines.startIndex] = first.dropFirst(3) }
    guard let first = lines.popFirst(), first.starts(with: "#EXTM3U".utf8) else {
      throw PlaylistError(.malformed, "the playlist does not begin with #EXTM3U")
    }
    var reader = PlaylistReader()
    for line in lines {
      guard line.count <= Self.maximumLine else {
        throw PlaylistError(.malformed, "the playlist has a line of more than \(Self.maximumLine) bytes")
      }
      try reader.take(String(decoding: line, as: UTF8.self))
    }
    self = try reader.playlist()
  }
}

/// What is wrong with a playlist.
package struct PlaylistError: Error, Equatable {
  package enum Kind { case malformed, tooLarge, encrypted }
  package let kind: Kind
  package let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}
