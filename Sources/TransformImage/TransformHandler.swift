import Core
import FoundationEssentials
import FunctionRuntime
import ImageCodecs
import ImageTransforms
import Library
import LibraryAPI
import Logging
import MediaJobs
import MediaTypes
import ObjectCache
import ObjectStore
import S3Protocol

/// One derivative, while a user waits for it. Equal requests are one run, on all nodes together.
struct TransformHandler: FunctionHandler {
  let work: ImageWork
  let cache: ObjectCache

  init(work: ImageWork, scratch: String) {
    self.work = work
    var configuration = ObjectCache.Configuration()
    // An encoder gives its bytes all at once: there is nothing to send before.
    configuration.chunkBytes = 64 << 20
    configuration.scratch = scratch
    cache = ObjectCache(
      store: work.store.objects, configuration: configuration, clock: work.store.clock,
      logger: work.services.jobs.logger)
  }

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let request = try LibraryEvent(json: JSON.decode(JSONValue.self, from: event))
    guard let name = request.extra["transform"]?.stringValue, let parameters = TransformParameters(objectName: name)
    else { throw LibraryEvent.Invalid(message: "the event must name a transform, such as w720_h360_q82.jpeg") }
    let entry = CacheEntry(
      bucket: work.store.buckets.cache, prefix: request.file.transformClaims(version: request.version, name),
      key: request.file.transformsPrefix + name)
    do {
      let outcome = try await cache.make(entry, options: parameters.putOptions) { writer in
        try await writer.write(try await make(parameters, request, work.during(context)))
        context.logger.info("derivative made", metadata: ["key": "\(entry.key)"])
      }
      // A new upload in between has removed what was there and does not know of this one.
      if case .made = outcome, try await !work.isCurrent(request.file, request.version) {
        try await cache.remove(entry)
      }
    } catch {
      // Waiting callers are told; the next request is the next try.
      let cause = (error as? any ClassifiedError)?.message ?? "\(error)"
      context.logger.error("derivative failed", metadata: ["key": "\(entry.key)", "error": "\(cause)"])
    }
    return Array("{}".utf8)
  }

  private func make(
    _ parameters: TransformParameters, _ request: LibraryEvent, _ work: ImageWork
  ) async throws -> [UInt8] {
    let gone = ResultFailure(statusCode: 404, code: "Not Found", message: "There is no such file.")
    guard let record = try await work.store.record(of: request.file), record.version == request.version else {
      throw gone
    }
    do {
      let file = try await work.render([parameters.output], of: work.original(record))[0]
      guard try await work.isCurrent(request.file, request.version) else { throw gone }
      return file
    } catch let error as ImageError {
      throw ResultFailure(statusCode: error.status, code: error.code, message: error.message)
    } catch LibraryStore.OriginalProblem.gone {
      throw gone
    }
  }
}

extension TransformParameters {
  /// How a derivative is stored.
  var putOptions: PutOptions {
    var options = PutOptions(contentType: format.contentType)
    options.cacheControl = "public, max-age=31536000, immutable"
    return options
  }
}

extension ImageWork {
  /// Stores a derivative that was made ahead, unless the file has another version by now.
  func publish(_ file: [UInt8], _ parameters: TransformParameters, of record: FileRecord) async throws {
    let key = record.identity.transformsPrefix + parameters.objectName
    guard try await isCurrent(record.identity, record.version) else { throw LibraryStore.OriginalProblem.gone }
    _ = try await store.objects.put(file, as: key, in: store.buckets.cache, options: parameters.putOptions)
    if try await !isCurrent(record.identity, record.version) {
      try await store.objects.delete(key, in: store.buckets.cache)
      throw LibraryStore.OriginalProblem.gone
    }
  }

  func isCurrent(_ file: FileIdentity, _ version: Int) async throws -> Bool {
    try await store.record(of: file)?.version == version
  }
}
