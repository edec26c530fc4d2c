import ConversionAPI
import Conversions
import Core
import FunctionRuntime
import GIFConversion
import HTTPTransport
import Logging
import MediaJobs
import MediaTypes
import ObjectCache
import ObjectStore
import RemoteFetch
import S3Protocol

/// Makes the GIF that the event asks for, once across all runs; waiting callers read it while it is made.
struct ConvertVideoHandler: FunctionHandler {
  private let settings: ConversionSettings
  private let cache: ObjectCache
  private let queue: ConversionQueue
  private let fetcher: RemoteFetcher
  private let converter: Converter
  private let usage: CacheUsage
  private let services: JobServices

  init(settings: ConversionSettings, services: JobServices, http: any HTTPClient, scratch: String) {
    self.settings = settings
    self.services = services
    var caching = ObjectCache.Configuration()
    caching.timeToLive = settings.resultLife
    caching.scratch = scratch
    caching.startsAtOnce = true
    cache = ObjectCache(
      store: services.objects, configuration: caching, clock: services.clock, logger: services.logger)
    queue = ConversionQueue(
      store: services.objects, publisher: services.publisher, settings: settings, clock: services.clock)
    var fetching = RemoteFetcher.Configuration()
    fetching.maximumRedirects = settings.maximumRedirects
    fetcher = RemoteFetcher(http: http, hosts: settings.hosts, configuration: fetching)
    var converting = Converter.Configuration()
    converting.maximumSourceBytes = settings.maximumSourceBytes
    converting.maximumSeconds = Double(settings.maximumSeconds)
    converting.maximumLength = Double(settings.maximumSourceSeconds)
    converting.maximumPixels = settings.maximumPixels
    converting.threads = settings.threads
    converting.folder = scratch
    converter = Converter(converting)
    usage = CacheUsage(store: services.objects, bucket: settings.bucket)
  }

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let parameters: ConversionParameters
    do {
      parameters = try ConversionEvent.parameters(
        of: JSON.decode(JSONValue.self, from: event), limits: settings.limits)
    } catch let error as ConversionError {
      return try JSON.encode(JSONValue.object(["status": .string("failed"), "reason": .string(error.message)]))
    }
    let key = parameters.key
    let entry = ConversionPlaces(bucket: settings.bucket).entry(key)
    let (converter, fetcher) = (converter, fetcher)
    let progress = ConversionProgress()
    let budget = InvocationAllowance(deadline: context.deadline, retire: context.retire).budget("converting the video")
    let (store, buckets) = (services.objects, settings.sourceBuckets)
    let outcome = try await cache.make(entry, options: PutOptions(contentType: "image/gif")) { writer in
      // The claim stands, so that there is no instant at which the conversion seems to neither wait nor run.
      async let unmarking: Void? = try? queue.unmark(key)
      try await Conversion(
        parameters: parameters, converter: converter, fetcher: fetcher, store: store, buckets: buckets,
        progress: progress,
        budget: budget
      ).run(to: writer)
      _ = await unmarking
    }
    // Also if there was nothing to make.
    try await queue.unmark(key)
    var answer: [String: JSONValue] = ["key": .string(key)]
    switch outcome {
    case .made(let info):
      answer["status"] = .string("ready")
      answer["bytes"] = .integer(info.size)
      progress.report(outcome: "ready")
      do {
        try await usage.report()
      } catch {
        context.logger.warning("the cache was not counted", metadata: ["error": "\(error)"])
      }
    case .present: answer["status"] = .string("present")
    case .underWay: answer["status"] = .string("underWay")
    case .failed(let failure):
      answer["status"] = .string("failed")
      answer["reason"] = .string(failure.message)
      progress.report(outcome: "\(failure.statusCode)")
      context.logger.notice(
        "a conversion failed",
        metadata: [
          "source": "\(parameters.source.subject)", "status": "\(failure.statusCode)", "reason": "\(failure.message)",
        ])
    }
    return try JSON.encode(JSONValue.object(answer))
  }
}

/// One conversion on a thread of its own, its output carried over to the task that writes the result.
private struct Conversion: Sendable {
  /// Bytes that wait between the two at most.
  private static let bufferBytes = 1 << 20

  let parameters: ConversionParameters
  let converter: Converter
  let fetcher: RemoteFetcher
  let store: any ObjectStore
  /// Whose videos may be converted.
  let buckets: [String]
  let progress: ConversionProgress
  let budget: WorkBudget

  /// A video of the store as it was when it was asked for; `nil` for remote ones.
  private func storedSource() async throws -> (any ByteSource)? {
    guard case .stored(let video) = parameters.source else { return nil }
    guard buckets.contains(video.bucket) else {
      throw ConversionError(.hostNotAllowed, "videos of the bucket '\(video.bucket)' are not converted")
    }
    do {
      let info = try await store.head(video.key, in: video.bucket)
      guard info.etag.value == video.etag else {
        throw ConversionError(.sourceFailed, "\(video) was replaced; ask again")
      }
      return try store.open(video.key, in: video.bucket, info: info)
    } catch let error as ObjectStoreError where error.httpStatus == 404 {
      throw ConversionError(.sourceFailed, "there is no object \(video)")
    }
  }

  func run(to writer: ResultWriter) async throws {
    let cancellation = CancellationFlag()
    let waiting = Monitor(0)
    let (pieces, continuation) = AsyncThrowingStream.makeStream(of: [UInt8].self)
    let running = Task { [self] in
      do {
        let stored = try await storedSource()
        try await budget.run(name: "convert", cancellation: cancellation) { [self] cancellation in
          let output: @Sendable ([UInt8]) throws -> Void = { piece in
            progress.made(piece.count)
            // A store that is slower than the conversion holds it back.
            while waiting.wait(atMost: .seconds(1), until: { $0 < Self.bufferBytes ? true : nil }) == nil {
              try cancellation.check()
            }
            waiting.update { $0 += piece.count }
            continuation.yield(piece)
          }
          if let stored {
            defer { stored.close() }
            _ = try converter.convert(parameters, stored: stored, cancellation: cancellation, output: output)
          } else {
            _ = try converter.convert(
              parameters, fetcher: fetcher, cancellation: cancellation, fetched: { progress.fetched($0) },
              output: output)
          }
        }
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    defer {
      cancellation.cancel()
      running.cancel()
    }
    do {
      for try await piece in pieces {
        try await writer.write(piece)
        waiting.update { $0 -= piece.count }
      }
      try Task.checkCancellation()
    } catch {
      guard let cause = ConversionError(cause: error) else { throw error }
      throw ResultFailure(statusCode: cause.kind.status, code: cause.kind.reason, message: cause.message)
    }
  }
}
