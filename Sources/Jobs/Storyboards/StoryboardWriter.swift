import MediaTypes
import ObjectStore
import MediaJobs
import Previews
import Core

/// Puts everything of a storyboard into the store: fetching, decoding and uploading overlap.
struct StoryboardWriter {
  let services: PreviewServices
  let job: Job

  /// Tiles that are fetched ahead: enough to hide a store's latency.
  private static let window = 12
  /// Sheets being uploaded at the same time.
  private static let uploads = 3

  /// - Throws: `MediaError` for a tile or a still that is no picture; `Superseded`, `TileFetcher.Missing`, `ObjectStoreError`.
  func write(_ plan: StoryboardPlan, _ settings: StoryboardSettings) async throws -> StoryboardRecord {
    let startedAt = services.clock.now().millisecondsSince1970
    let began = ContinuousClock.now
    let writer = services.store.writer(of: job)
    let painted = try await paint(plan, settings, writer)
    let layout = painted.layout

    let names = job.names
    func put(
      _ file: OutputKeys.StoryboardFile, _ bytes: [UInt8], _ type: String, cacheControl: String? = nil
    ) async throws -> StoryboardRecord.Object {
      let key = names.storyboard(file)
      try await writer.put(bytes, as: key, contentType: type, cacheControl: cacheControl)
      return StoryboardRecord.Object(key: key, bytes: bytes.count)
    }
    let fetcher = TileFetcher(objects: services.store.objects, bucket: job.buckets.output, plan: plan, window: 1)
    let poster = try await put(.poster, try await fetcher.fetch(plan.stills[painted.poster]), "image/jpeg")
    let overview = painted.overview.overview
    _ = try await put(.overview, painted.overview.jpeg, "image/jpeg")
    let posterTime = plan.time(ofTile: painted.poster)
    let description = StoryboardDescription(
      plan, layout, overview: overview, poster: .init(url: OutputKeys.StoryboardFile.poster.rawValue, time: posterTime)
    )
    // A video's next version has them under the same names.
    let fresh = "no-cache"
    return StoryboardRecord(
      sheets: painted.sheetBytes.enumerated().map { .init(key: names.sheet($0.offset), bytes: $0.element) },
      thumbnails: try await put(
        .thumbnails, Array(ThumbnailTrack.text(plan, layout).utf8), "text/vtt", cacheControl: fresh),
      description: try await put(
        .description, JSON.encode(description), "application/json", cacheControl: fresh),
      playlist: try await put(
        .playlist, Array(ImagePlaylist.text(plan, layout).utf8), "application/vnd.apple.mpegurl", cacheControl: fresh),
      overview: overview, poster: poster, posterTime: posterTime, tiles: layout.tiles, interval: plan.interval,
      tileWidth: layout.tileWidth, tileHeight: layout.tileHeight, columns: layout.columns, rows: layout.rows,
      timings: .init(
        startedAt: startedAt, finishedAt: services.clock.now().millisecondsSince1970,
        cpuMilliseconds: Int((painted.cpuSeconds * 1000).rounded()),
        renderMilliseconds: Int((ContinuousClock.now - began) / .milliseconds(1)), sourceBytes: painted.sourceBytes))
  }

  private func paint(
    _ plan: StoryboardPlan, _ settings: StoryboardSettings, _ writer: OutputWriter
  ) async throws -> SheetPainter.Result {
    let fetcher = TileFetcher(
      objects: services.store.objects, bucket: job.buckets.output, plan: plan, window: Self.window)
    let uploads = UploadQueue(writer: writer, concurrency: Self.uploads)
    let names = job.names
    return try await withTaskCancellationHandler {
      try await DedicatedThread.run(name: "storyboard") {
        let painted = Result {
          try SheetPainter(settings: settings, plan: plan).paint(
            source: fetcher.take, overview: names.storyboard(.overview),
            sheet: { try uploads.upload($1, as: names.sheet($0), contentType: "image/jpeg") })
        }
        // An upload's failure is the cause where painting was ended by it; and all have ended when this returns.
        try uploads.drain()
        return try painted.get()
      }
    } onCancel: {
      fetcher.cancel()
    }
  }
}
