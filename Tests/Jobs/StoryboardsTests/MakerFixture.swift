import EventBus
import FoundationEssentials
import Logging
import MediaTypes
import ObjectStore
import MediaJobs
import Previews
import Core
import S3Protocol
import Images
import Storyboards
import TestStores

/// Jobs whose pictures are there, over a store that may fail, in a folder of its own.
final class MakerFixture: Sendable {
  private struct Silence: EventPublisher {
    func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {}
  }

  static let buckets = Job.Buckets(source: "videos", output: "gifs")
  static let key = "talks/keynote.mp4"

  let root: String
  let store: ObservedStore
  let services: PreviewServices

  init(_ storyboard: StoryboardSettings? = StoryboardSettings(), stills: StillSettings? = StillSettings()) {
    root = FileManager.default.temporaryDirectory.path + "/storyboard-" + RequestID.make()
    store = ObservedStore(FolderStore(root: root))
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    services = PreviewServices(
      settings: JobSettings(snippetSize: 10, stills: stills, storyboard: storyboard), buckets: Self.buckets,
      objects: store, publisher: Silence(), logger: logger)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: root)
  }

  /// Uploads a video and ends its job, one clip of so many stills, each of another grey.
  ///
  /// - Parameter withStrip: whether the clip's renderer left tiles, half as large as the stills.
  @discardableResult
  func processed(
    _ content: String, stills: Int, width: Int = 64, height: Int = 36, withStrip: Bool = false
  ) async throws -> Job {
    _ = try await store.put(Array(content.utf8), as: Self.key, in: Self.buckets.source)
    let job = try await services.currentJob(for: Self.key)!
    let writer = services.store.writer(of: job)
    var bytes: [Int] = []
    var tiles: [Int: [UInt8]] = [:]
    for number in 0..<stills {
      let grey = UInt8(20 + (content.utf8.count + 3 * number) % 200)
      let jpeg = try Self.still(grey, width, height)
      let tile = AreaScaler.scale(Self.picture(grey, width, height), to: width / 2, height / 2)
      tiles[number + 1] = try JPEGEncoder(quality: 95).encode(tile)
      try await writer.put(jpeg, as: job.names.still(start: 0, number: number + 1), contentType: "image/jpeg")
      bytes.append(jpeg.count)
    }
    let strip = TileStrip.encoded(stillWidth: width, stillHeight: height, tiles: tiles)
    if withStrip {
      let key = job.names.strip(version: job.version.description, start: 0)
      try await writer.put(strip, as: key, contentType: "application/octet-stream")
    }
    try await writer.put([1], as: job.names.gif(start: 0), contentType: "image/gif")
    let record = ClipRecord(
      start: 0, end: max(9, stills - 1), gif: job.names.gif(start: 0), gifBytes: 1, gifFrames: 1, frameBytes: bytes,
      stripBytes: withStrip ? strip.count : nil, timings: .init(startedAt: 0, finishedAt: 0))
    try await services.store.put(record, of: job)
    _ = try await services.completion.finish(job, clips: 1, requestID: content)
    return job
  }

  /// A picture of one grey with a pattern in a corner, so that none is like another, nor of one colour.
  static func still(_ grey: UInt8, _ width: Int, _ height: Int) throws -> [UInt8] {
    try JPEGEncoder(quality: 95).encode(picture(grey, width, height))
  }

  static func picture(_ grey: UInt8, _ width: Int, _ height: Int) -> RGBImage {
    let picture = RGBImage.black(width: width, height: height)
    for index in 0..<width * height {
      let isLit = index / width < height / 4 && index / 4 % 2 == 0
      for channel in 0..<3 { picture.pixels[3 * index + channel] = isLit ? 255 - grey : grey }
    }
    return picture
  }

  func make(version: String? = nil) async throws -> StoryboardMaker.Outcome {
    try await StoryboardMaker(services: services).process(ProcessedEvent(key: Self.key, version: version))
  }

  func manifest() async throws -> Manifest? {
    let names = try OutputKeys(sourceKey: Self.key)
    return try await services.store.manifest(of: names, in: Self.buckets.output)?.manifest
  }

  /// Names of the storyboard's objects.
  func storyboard() async throws -> Set<String> {
    let prefix = "talks/keynote/storyboard/"
    let listed = try await store.listAll(bucket: Self.buckets.output, prefix: prefix)
    return Set(listed.map { String($0.key.dropFirst(prefix.count)) })
  }
}
