import Audio
import Core
import Logging
import Metrics
package import FunctionRuntime
package import LambdaEvents
package import MediaJobs
import MediaTypes
import ObjectCache
import ObjectStore

/// The transcoder's HTTP interface: files that are answered at once, batches, and jobs.
package struct TranscodeService: Sendable {
  private let settings: TranscoderSettings
  private let objects: (any ObjectStore)?
  private let cache: TranscodeCache?
  private let jobs: TranscodeJobAPI?
  private let sent: SentUploads?

  /// - Parameter services: `nil`: uploads can come in the event or as local files only, and nothing is kept.
  package init(settings: TranscoderSettings, services: JobServices?) {
    self.settings = settings
    objects = services?.objects
    sent = services.flatMap { SentUploads(services: $0, settings: settings) }
    cache = services.flatMap { TranscodeCache(services: $0, settings: settings) }
    jobs = services.flatMap { TranscodeJobs(services: $0, settings: settings) }
      .map { TranscodeJobAPI(jobs: $0, key: settings.key) }
  }

  /// - Throws: what ends the answer after its first byte.
  package func handle(_ event: HTTPEvent, _ response: ResponseWriter, _ context: InvocationContext) async throws {
    let began = ContinuousClock.now
    var parameters: TranscodeParameters?
    var (outcome, route) = ("ok", "")
    do {
      let asked = try TranscodeRoute(event)
      route = asked.name
      if asked == .health { return try await response.begin(.json(["status": "ok"])) }
      if let answer = try await jobs?.answer(event, asked) { return try await response.begin(answer) }
      if event.isBodyCheck { return try await response.begin(BodyCheck.answer(event, asked, settings: settings)) }
      if let refusal = TranscoderAccess.refusal(event, key: settings.key) { throw refusal }
      if asked == .beginUpload {
        guard let sent else { throw Self.noUploads }
        return try await response.begin(sent.begin(event))
      }
      let wanted = try TranscodeParameters(event)
      parameters = wanted
      switch asked {
      case .batch: try await batch(Upload.all(event, objects: objects), wanted, response, context.logger, began: began)
      case .transcode: try await transcode(upload(event), wanted, response, context, began: began)
      case .beginJob:
        guard let jobs else { throw Self.noJobs }
        let upload = try await upload(event)
        try await upload.requireAudio()
        TranscodeMetrics.bytes(in: upload.source.size, out: 0, scratch: 0)
        try await response.begin(jobs.begin(upload, wanted))
      case .health, .job, .events, .result, .waveform, .cancel, .beginUpload: throw Self.noJobs
      }
    } catch {
      context.logger.warning("transcoding failed", metadata: ["error": "\(error)"])
      let problem = TranscodeProblem(of: error)
      outcome = response.hasBegun ? "aborted" : problem.status < 500 ? "refused" : "failed"
      TranscodeMetrics.request(parameters, route: route, outcome: outcome, took: ContinuousClock.now - began)
      if response.hasBegun { throw error }
      return try await response.begin(problem.answer)
    }
    TranscodeMetrics.request(parameters, route: route, outcome: outcome, took: ContinuousClock.now - began)
  }

  /// The file of a request: in its body, or sent to the store before.
  private func upload(_ event: HTTPEvent) async throws -> Upload {
    guard let id = event.query("upload").last else { return try await Upload(event, objects: objects) }
    guard let sent else { throw Self.noUploads }
    return try await sent.upload(id)
  }

  private static let noUploads = TranscodeProblem(
    404, "files are sent in the request here: there is no store that takes uploads by itself")
  private static let noJobs = TranscodeProblem(404, "this service keeps no jobs: CacheBucketName is not set")

  private func transcode(
    _ upload: Upload, _ parameters: TranscodeParameters, _ response: ResponseWriter, _ context: InvocationContext,
    began: ContinuousClock.Instant
  ) async throws {
    let head = ResultName.headers(parameters.target, fileName: upload.fileName)
    let entry = try await cacheEntry(upload, parameters)
    if let entry, let info = try await cached(upload, parameters, entry) {
      TranscodeMetrics.bytes(in: upload.source.size, out: info.size, scratch: 0)
      return try await response.begin(.reference(.object(bucket: entry.bucket, key: info.key), headers: head))
    }
    let scratch = try entry.map { _ in try ScratchFile(in: settings.scratch, extension: parameters.target.rawValue) }
    defer { scratch?.remove() }
    let (configuration, path) = (settings, scratch?.path)
    let made = try await send(HTTPResult(headers: head), response, parameters, began: began) { sink, cancellation in
      guard let path else {
        return (try Self.run(upload.source, parameters, configuration, to: sink, cancellation), false)
      }
      let tee = TeeSink(sink, file: try FileSink(path: path))
      let summary = try Self.run(upload.source, parameters, configuration, to: tee, cancellation)
      return (summary, tee.finish())
    }
    let took = (ContinuousClock.now - began) / .seconds(1)
    TranscodeMetrics.speed(audio: made.result.0.seconds, took: took)
    TranscodeMetrics.bytes(in: upload.source.size, out: made.bytes, scratch: scratch == nil ? 0 : made.bytes)
    guard let entry, let cache, let path, made.result.1 else { return }
    do {
      let info = try await cache.store(FileByteSource(path: path), entry, parameters.target)
      try await cache.sweep(keeping: info.size)
    } catch {
      // The caller has its file.
      context.logger.warning("a result was not kept", metadata: ["error": "\(error)"])
    }
  }

  private static func run(
    _ source: any ByteSource, _ parameters: TranscodeParameters, _ settings: TranscoderSettings,
    to sink: any AudioSink, _ cancellation: CancellationFlag, workers: Int = 1
  ) throws -> TranscodeSummary {
    if parameters.copies,
      try TranscodePlanner.plan(
        source, target: parameters.target, quality: parameters.quality, copies: true, cancellation: cancellation
      ).mode == .copy
    {
      let file = try FileSink.scratch(in: settings.scratch)
      let summary = try StreamCopy.run(
        source, target: parameters.target, scratch: settings.scratch, to: file, cancellation: cancellation)
      try file.copy(to: sink)
      return summary
    }
    var transcoder = Transcoder(target: parameters.target, quality: parameters.quality, scratch: settings.scratch)
    transcoder.streams = parameters.streams
    transcoder.workers = workers
    return try transcoder.run(source, to: sink, cancellation: cancellation)
  }

  // MARK: Cache

  /// Where the result is kept; `nil` without a cache.
  private func cacheEntry(_ upload: Upload, _ parameters: TranscodeParameters) async throws -> CacheEntry? {
    guard cache != nil, let bucket = settings.bucket else { return nil }
    return TranscodePlaces(bucket: bucket)
      .entry(parameters, sha256: try await upload.contentDigest(), isStreamed: parameters.streams)
  }

  /// A finished file for this request: one that was streamed will do only if this one may be streamed too.
  private func cached(
    _ upload: Upload, _ parameters: TranscodeParameters, _ entry: CacheEntry
  ) async throws -> ObjectInfo? {
    guard let cache else { return nil }
    let stored = TranscodePlaces(bucket: entry.bucket).entry(parameters, sha256: try await upload.contentDigest())
    var found = try await cache.find(stored)
    if found == nil, entry != stored { found = try await cache.find(entry) }
    TranscodeMetrics.cacheLookup(isHit: found != nil)
    return found
  }

  // MARK: Batches

  private func batch(
    _ uploads: [Upload], _ parameters: TranscodeParameters, _ response: ResponseWriter, _ logger: Logger,
    began: ContinuousClock.Instant
  ) async throws {
    // Every file is complete before it goes into the ZIP file, so it can hold what is known at its end only.
    var wanted = parameters
    wanted.streams = false
    let (parameters, settings) = (wanted, settings)
    let (entries, items) = try await batchItems(uploads, parameters)
    defer { for item in items { item.path.map { ScratchFile(path: $0).remove() } } }
    let (made, isMade) = AsyncStream.makeStream(of: Int.self)
    let batch = Batch(
      items: items, target: parameters.target, scratch: settings.scratch,
      make: { source, file, cancellation in
        _ = try Self.run(source, parameters, settings, to: file, cancellation, workers: settings.workers)
      }, onMade: { isMade.yield($0) })
    async let kept: Void = keep(made, of: items, as: entries, parameters, logger)
    let head = HTTPResult(headers: [
      .init("content-type", "application/zip"), .init("content-disposition", "attachment; filename=\"audio.zip\""),
      .init("x-content-type-options", "nosniff"),
    ])
    let sent: (result: Int, bytes: Int64)
    do {
      sent = try await send(head, response, parameters, began: began) { sink, cancellation in
        try batch.run(to: sink, cancellation: cancellation)
      }
    } catch {
      isMade.finish()
      await kept
      throw error
    }
    isMade.finish()
    await kept
    TranscodeMetrics.bytes(in: uploads.reduce(0) { $0 + $1.source.size }, out: sent.bytes, scratch: 0)
    Counter(label: "transcode_batch_files_total").increment(by: Int64(uploads.count))
    if sent.result > 0 { Counter(label: "transcode_batch_failures_total").increment(by: Int64(sent.result)) }
  }

  /// The files of a batch: those that were finished before, and where the others are written.
  private func batchItems(
    _ uploads: [Upload], _ parameters: TranscodeParameters
  ) async throws -> (entries: [CacheEntry?], items: [Batch.Item]) {
    var (entries, items): ([CacheEntry?], [Batch.Item]) = ([], [])
    for upload in uploads {
      let entry = try await cacheEntry(upload, parameters)
      var finished: (any ByteSource)?
      if let entry, let objects, let info = try await cached(upload, parameters, entry) {
        finished = try objects.open(info.key, in: entry.bucket, info: info)
      }
      let path =
        try entry != nil && finished == nil
        ? ScratchFile(in: settings.scratch, extension: parameters.target.rawValue).path : nil
      entries.append(entry)
      items.append(Batch.Item(upload: upload, finished: finished, path: path))
    }
    return (entries, items)
  }

  /// Stores finished files of a batch as they come, while later ones are encoded.
  private func keep(
    _ made: AsyncStream<Int>, of items: [Batch.Item], as entries: [CacheEntry?], _ parameters: TranscodeParameters,
    _ logger: Logger
  ) async {
    var newest: Int64 = 0
    for await number in made {
      guard let cache, let entry = entries[number], let path = items[number].path else { continue }
      do {
        newest = try await cache.store(FileByteSource(path: path), entry, parameters.target).size
      } catch {
        // The caller has its file.
        logger.warning("a result was not kept", metadata: ["error": "\(error)"])
      }
      ScratchFile(path: path).remove()
    }
    guard newest > 0, let cache else { return }
    do {
      try await cache.sweep(keeping: newest)
    } catch {
      logger.warning("results were not cleaned up", metadata: ["error": "\(error)"])
    }
  }

  /// Runs blocking work on a thread of its own and sends what it writes; the head goes before the first bytes.
  ///
  /// - Returns: also the bytes that were sent.
  private func send<Made: Sendable>(
    _ head: HTTPResult, _ response: ResponseWriter, _ parameters: TranscodeParameters, began: ContinuousClock.Instant,
    _ work: @escaping @Sendable (any AudioSink, CancellationFlag) throws -> Made
  ) async throws -> (result: Made, bytes: Int64) {
    var bytes: Int64 = 0
    let (sink, cancellation) = (ResponseSink(), CancellationFlag())
    return try await withTaskCancellationHandler {
      async let made = DedicatedThread.run(name: "transcode") {
        do {
          let result = try work(sink, cancellation)
          try sink.finish()
          return result
        } catch {
          sink.abandon()
          throw error
        }
      }
      do {
        for await chunk in sink.chunks {
          if !response.hasBegun {
            try await response.begin(head)
            TranscodeMetrics.firstByte(ContinuousClock.now - began, parameters)
          }
          try await response.write(chunk)
          bytes += Int64(chunk.count)
          sink.took(chunk.count)
        }
      } catch {
        // The thread must not wait for room that never comes.
        sink.close()
        cancellation.cancel()
        throw error
      }
      return (try await made, bytes)
    } onCancel: {
      cancellation.cancel()
      sink.close()
    }
  }
}
