package import Animations
package import Conversions
package import Core
package import RemoteFetch

/// Opens what is to be converted, as one part after the other.
package struct SourceParts {
  private var waiting: ArraySlice<() throws -> AnimationPart>

  package mutating func next() throws -> AnimationPart? {
    try waiting.popFirst()?()
  }

  /// A file on this machine.
  ///
  /// - Throws: `FileByteSource.OpenError`; `ConversionError` for a playlist, whose segments are elsewhere.
  package init(file path: String) throws {
    let source = try FileByteSource(path: path)
    var beginning = [UInt8](repeating: 0, count: 7)
    let count = try beginning.withUnsafeMutableBytes { try source.read(at: 0, into: $0) }
    guard !beginning[..<count].elementsEqual("#EXTM3U".utf8) else {
      throw ConversionError(
        .notAVideo, "the file is an HLS playlist, whose segments are fetched: give its http or https address")
    }
    waiting = [{ AnimationPart(source: source, isForwardOnly: false) }]
  }

  /// A video in the object store.
  package init(stored source: any ByteSource) {
    waiting = [{ AnimationPart(source: source, isForwardOnly: false) }]
  }

  /// A remote video.
  ///
  /// - Parameters:
  ///   - folder: for scratch storage.
  ///   - maximumLength: seconds of video.
  /// - Throws: `RemoteFetchError`, `ConversionError`.
  package init(
    _ parameters: ConversionParameters, fetcher: RemoteFetcher, budget: RemoteBudget, folder: String,
    maximumLength: Double
  ) throws {
    guard case .remote(let url) = parameters.source else {
      throw ConversionError(.hostNotAllowed, "\(parameters.source.subject) is no remote video")
    }
    switch parameters.inputFormat {
    case .mp4:
      waiting = [
        {
          AnimationPart(
            source: try RemoteSource(url, fetcher: fetcher, budget: budget, folder: folder), isForwardOnly: false)
        }
      ]
    case .m3u8:
      waiting = try Self.segments(url, parameters, fetcher, budget, maximumLength)[...]
    }
  }

  // MARK: HTTP Live Streaming

  private static func segments(
    _ url: RemoteURL, _ parameters: ConversionParameters, _ fetcher: RemoteFetcher, _ budget: RemoteBudget,
    _ maximumLength: Double
  ) throws -> [() throws -> AnimationPart] {
    var (base, playlist) = try self.playlist(url, fetcher, budget)
    if case .master(let variants) = playlist {
      guard
        let variant = VariantChoice.choose(
          variants, size: parameters.outputSize, frameRate: parameters.frameRate)
      else {
        throw ConversionError(.notAVideo, "the playlist has no H.264 or HEVC video with a stated size")
      }
      (base, playlist) = try self.playlist(base.resolving(variant.uri), fetcher, budget)
    }
    guard case .media(let segments) = playlist else {
      throw ConversionError(.notAVideo, "the playlist's variant is another list of variants")
    }
    let length = segments.reduce(0) { $0 + $1.duration }
    guard min(length, parameters.duration.map { parameters.start + $0 } ?? .infinity) <= maximumLength else {
      throw ConversionError(.sourceTooLarge, "the video is longer than the \(maximumLength) s allowed")
    }
    return try StreamRun.runs(of: segments, from: parameters.start).map { run in
      // Every address is looked at before the first one is fetched.
      let pieces = try run.pieces(base: base)
      for piece in pieces { try fetcher.checkHost(of: piece.url) }
      return {
        AnimationPart(
          source: SegmentSource(pieces, fetcher: fetcher, budget: budget), begin: run.begin, isForwardOnly: true)
      }
    }
  }

  private static func playlist(
    _ url: RemoteURL, _ fetcher: RemoteFetcher, _ budget: RemoteBudget
  ) throws -> (base: RemoteURL, playlist: Playlist) {
    let (base, bytes) = try fetcher.body(of: url, limit: Playlist.maximumBytes, budget: budget)
    do {
      return (base, try Playlist(bytes))
    } catch {
      throw ConversionError(error.kind == .tooLarge ? .sourceTooLarge : .notAVideo, error.message)
    }
  }
}

/// Segments that are decoded in one go: between two breaks of a stream.
package struct StreamRun: Equatable {
  /// Seconds from the stream's beginning.
  package var begin: Double
  package var segments: [Playlist.Segment]

  /// - Parameter start: what ends before is left out.
  package static func runs(of segments: [Playlist.Segment], from start: Double) -> [StreamRun] {
    var runs: [StreamRun] = []
    var time = 0.0
    for (number, segment) in segments.enumerated() {
      let end = time + segment.duration
      defer { time = end }
      // The last one stays, so that the length is known where nothing is left.
      if end <= start, number < segments.count - 1 { continue }
      if let last = runs.last?.segments.last, !segment.isDiscontinuous, last.map == segment.map {
        runs[runs.count - 1].segments.append(segment)
      } else {
        runs.append(StreamRun(begin: time, segments: [segment]))
      }
    }
    return runs
  }

  func pieces(base: RemoteURL) throws(RemoteFetchError) -> [SegmentSource.Piece] {
    var pieces: [SegmentSource.Piece] = []
    if let map = segments.first?.map {
      pieces.append(SegmentSource.Piece(url: try base.resolving(map.uri), range: map.range))
    }
    for segment in segments {
      pieces.append(SegmentSource.Piece(url: try base.resolving(segment.uri), range: segment.range))
    }
    return pieces
  }
}
