import Clips
import Demuxing
import VideoTracks
import CLibAV
package import Core
import Images
import LibAV
package import MediaTypes
import Synchronization

/// The frame that stands for a video: not black, not of one colour, not blurred; upright, in SDR's colours, never
/// enlarged.
package enum PosterMaker {
  /// Pixels of width at most.
  package static let jpegWidth = 1280
  package static let webpWidth = 480
  private static let jpegQuality = 85
  private static let webpQuality = 80

  package struct Poster: Sendable {
    package var jpeg: [UInt8]
    package var webp: [UInt8]
    /// Pixels of the JPEG.
    package var width: Int
    package var height: Int
    /// Seconds from the presentation's start.
    package var time: Int
  }

  /// Blocks while reading; belongs on a thread of one's own. Every candidate costs one seek and one JPEG.
  ///
  /// - Throws: `MediaError` if not a single picture can be shown; errors of `source` unchanged.
  package static func make(
    _ source: any ByteSource, limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag()
  ) throws -> Poster {
    do {
      return try chosen(source, cancellation)
    } catch let error as MediaError where error.kind == .noVideoStream {
      guard
        let cover = try CoverArt.read(source, width: jpegWidth, limits: limits, cancellation: cancellation)
      else { throw error }
      return try poster(cover, time: 0)
    }
  }

  /// The frame on screen at `time`, whatever it shows.
  ///
  /// - Parameter time: seconds from the presentation's start; behind the end, the last frame counts.
  /// - Throws: as the other `make`.
  package static func make(
    _ source: any ByteSource, at time: Double, limits: MediaLimits = MediaLimits(),
    cancellation: CancellationFlag = CancellationFlag()
  ) throws -> Poster {
    let facts = try StreamSurvey.facts(source, limits: limits, cancellation: cancellation)
    guard let video = facts.video, let origin = facts.origin else {
      throw MediaError(.noVideoStream, "the file has no video stream")
    }
    if video.isDolbyVisionOnly { throw StreamChoice.dolbyVision }
    let last = facts.length > 0 ? min(time, facts.length) : time
    let tick = origin + Int64((last / video.timeBase.value).rounded())
    let run = try FrameRun(
      source, stream: video.index, from: PartBoundary(time: tick, decodingTime: tick), until: nil, threads: 1,
      limits: limits, cancellation: cancellation)
    var image: RGBImage?
    try run.run { frame, _ in
      image = try PosterFrame.image(frame, run.picture.geometry(of: frame), width: jpegWidth)
      return false
    }
    guard let image else {
      throw MediaError(.decodeFailed, "not a single picture of the video could be decoded at \(time) s")
    }
    return try poster(image, time: Int(time))
  }

  private static func poster(_ image: RGBImage, time: Int) throws -> Poster {
    let jpeg = try JPEGEncoder(quality: jpegQuality).encode(image)
    return Poster(
      jpeg: jpeg, webp: try webp(jpeg, JPEGDecoder()), width: image.width, height: image.height, time: time)
  }

  private static func chosen(_ source: any ByteSource, _ cancellation: CancellationFlag) throws -> Poster {
    let length = try VideoProbe.probe(source, cancellation: cancellation).length
    let reader = try JPEGDecoder()
    var tried: [(time: Int, jpeg: [UInt8], look: ImageStatistics)] = []
    for round in PosterTimes(length: length).rounds {
      for time in round where !tried.contains(where: { $0.time == time }) {
        guard let jpeg = try still(source, at: time, cancellation) else { continue }
        let small = try reader.read(jpeg, atLeast: 160, 90)
        tried.append((time, jpeg, ImageStatistics(small)))
      }
      if PosterChoice.hasGood(tried.map(\.look)) { break }
    }
    guard !tried.isEmpty else {
      throw MediaError(.decodeFailed, "not a single picture of the video could be decoded")
    }
    let chosen = tried[PosterChoice.best(of: tried.map(\.look))]
    let size = try reader.size(of: chosen.jpeg)
    return Poster(
      jpeg: chosen.jpeg, webp: try webp(chosen.jpeg, reader), width: size.width, height: size.height,
      time: chosen.time)
  }

  private static func still(_ source: any ByteSource, at time: Int, _ cancellation: CancellationFlag) throws -> [UInt8]?
  {
    let sink = StillSink()
    let request = ClipRequest(
      start: time, end: Double(time) + 0.5, gif: nil,
      stills: StillSettings(quality: jpegQuality, maximumWidth: jpegWidth))
    _ = try ClipRenderer.render(source, request, to: sink, cancellation: cancellation)
    return sink.still
  }

  private static func webp(_ jpeg: [UInt8], _ reader: JPEGDecoder) throws -> [UInt8] {
    let size = try reader.size(of: jpeg)
    let width = min(size.width, webpWidth)
    let height = max(1, (2 * size.height * width + size.width) / (2 * size.width))
    let picture = AreaScaler.scale(try reader.read(jpeg, atLeast: width, height), to: width, height)
    return try WebPEncoder.encode(picture, quality: webpQuality)
  }
}

private final class StillSink: ClipSink {
  private let bytes = Mutex<[UInt8]?>(nil)

  var still: [UInt8]? { bytes.withLock { $0 } }

  func still(number: Int, jpeg: [UInt8]) throws { bytes.withLock { $0 = $0 ?? jpeg } }
  func gif(_ bytes: [UInt8]) throws {}
}

/// At which whole seconds a video's candidates are: pure.
package struct PosterTimes: Equatable {
  /// Looked at one round after the other, until there is a good one.
  package let rounds: [[Int]]

  /// - Parameter length: seconds.
  package init(length: Double) {
    // Shorter than the first candidate: its first picture.
    guard length > 1 else {
      rounds = [[0]]
      return
    }
    func at(_ share: Double) -> Int { min(max(0, Int(length * share)), max(0, Int(length.rounded(.up)) - 1)) }
    func unique(_ times: [Int]) -> [Int] {
      times.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
    rounds = [unique([1, at(0.25), at(0.5)].map { min($0, at(1)) }), unique([0.75, 0.1, 0.6, 0.9, 0.99].map(at))]
  }
}
