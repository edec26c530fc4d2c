import Core
import FoundationEssentials
import FunctionRuntime
import ImageCodecs
import ImageTransforms
import Library
import Logging
import LibraryAPI
import MediaJobs
import MediaTypes
import ObjectStore
import S3Protocol

/// One derivative, while somebody waits for it.
///
/// The claim keeps others from doing the same: it is written if there is none, renewed while the work goes on, and taken
/// over if its owner has stopped renewing it.
struct TransformHandler: FunctionHandler {
  let work: ImageWork
  private var store: LibraryStore { work.store }

  /// Seconds between two renewals, and after which a claim that is not renewed is void.
  private static let renewal = Duration.seconds(3)
  private static let patience = Duration.seconds(10)

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let request = try LibraryEvent(json: JSON.decode(JSONValue.self, from: event))
    guard let name = request.extra["transform"]?.stringValue, let parameters = TransformParameters(objectName: name)
    else { throw LibraryEvent.Invalid(message: "the event must name a transform, such as w720_h360_q82.jpeg") }
    let key = request.file.transformsPrefix + name
    let prefix = request.file.jobPrefix("transform", version: request.version) + name + "/"
    guard try await store.documents.head(key, in: store.buckets.cache) == nil else { return Self.done }
    guard let claim = try await Claim.take(prefix + "claim", for: context.requestID, in: store) else {
      return Self.done
    }
    do {
      try await claim.renewing(every: Self.renewal) { try await make(parameters, request, key) }
      try await claim.release()
    } catch let error as ImageError {
      try await claim.fail(status: error.status, code: error.code, message: error.message)
    } catch LibraryStore.OriginalProblem.gone {
      try await claim.fail(status: 404, code: "NotFound", message: "There is no such file.")
    } catch {
      let cause = (error as? any ClassifiedError)?.message ?? "\(error)"
      context.logger.error("derivative failed", metadata: ["key": "\(key)", "error": "\(cause)"])
      try? await claim.fail(status: 500, code: "InternalError", message: "The image cannot be made now.")
    }
    return Self.done
  }

  private static let done = Array("{}".utf8)

  private func make(_ parameters: TransformParameters, _ request: LibraryEvent, _ key: String) async throws {
    guard let record = try await store.record(of: request.file), record.version == request.version else {
      throw LibraryStore.OriginalProblem.gone
    }
    let file = try await work.render([parameters.output], of: work.original(record))[0]
    try await work.publish(file, parameters, of: record)
  }
}

extension ImageWork {
  /// Stores a derivative unless the file has another version by now.
  func publish(_ file: [UInt8], _ parameters: TransformParameters, of record: FileRecord) async throws {
    let key = record.identity.transformsPrefix + parameters.objectName
    guard try await isCurrent(record) else { throw LibraryStore.OriginalProblem.gone }
    var options = PutOptions(contentType: parameters.format.contentType)
    options.cacheControl = "public, max-age=31536000, immutable"
    _ = try await store.objects.put(file, as: key, in: store.buckets.cache, options: options)
    // A new upload in between has removed what was there and does not know of this one.
    if try await !isCurrent(record) {
      try await store.objects.delete(key, in: store.buckets.cache)
      throw LibraryStore.OriginalProblem.gone
    }
  }

  private func isCurrent(_ record: FileRecord) async throws -> Bool {
    try await store.record(of: record.identity)?.version == record.version
  }
}
