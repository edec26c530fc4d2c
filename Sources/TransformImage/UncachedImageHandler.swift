import MediaJobs
import Checksums
import Core
import FoundationEssentials
import FunctionRuntime
import ImageCodecs
import ImageTransforms
import LambdaEvents
import Library
import LibraryAPI
import Logging
import Metrics
import ObjectStore
import S3Protocol

/// One derivative, made for one answer and kept nowhere: what a request is answered while the cache takes nothing.
///
/// It answers the request that `LibraryAPI` has answered by naming this function, and asks the same of its caller.
struct UncachedImageHandler: Sendable {
  let work: ImageWork
  let keys: SessionKeys

  /// Bytes that are sent at a time.
  private static let pieceBytes = 256 << 10

  func handle(_ event: HTTPEvent, _ writer: ResponseWriter, _ context: InvocationContext) async throws {
    let answer: HTTPResult
    do {
      answer = try await self.answer(event, context)
    } catch let error as APIError {
      answer = error.result
    } catch {
      let cause = (error as? any ClassifiedError)?.message ?? "\(error)"
      context.logger.error("an image without the cache failed", metadata: ["error": "\(cause)"])
      answer = APIError(503, "The store does not answer; try again.", retryAfter: 2).result
    }
    var head = answer
    head.body = .bytes([])
    try await writer.begin(head)
    var rest = (event.method == "HEAD" ? [] : answer.bytes ?? [])[...]
    while !rest.isEmpty {
      try await writer.write(Array(rest.prefix(Self.pieceBytes)))
      rest = rest.dropFirst(Self.pieceBytes)
    }
  }

  private func answer(_ event: HTTPEvent, _ context: InvocationContext) async throws -> HTTPResult {
    let session = try Caller.session(of: event, keys: keys, now: work.services.secondsSince1970)
    let parameters = TransformParameters(query: event.queryPairs)
    guard case .image(let file) = try LibraryRoute(method: event.method, path: event.rawPath),
      session.role(in: file.libraryID) != nil, parameters.needsTransform,
      let record = try await work.store.record(of: file), record.isUploaded, record.kind == .image
    else { throw APIError.notFound }
    let image: [UInt8]
    do {
      image = try await work.render([parameters.output], of: work.original(record))[0]
    } catch let error as ImageError {
      throw APIError(error.status, error.message)
    } catch LibraryStore.OriginalProblem.gone {
      throw APIError.notFound
    }
    Counter(label: "library_uncached_images_total").increment()
    context.logger.warning(
      "an image was sent without the cache", metadata: ["file": "\(file.fileID)", "name": "\(parameters.objectName)"])
    // As the store would tag the same bytes, so that what a client has stays valid.
    let tag = ETag(md5: Digest.md5(image))
    let headers = LibraryAPI.derivativeHeaders(parameters) + [.init("etag", tag.quoted)]
    let conditions = Preconditions(headers: { event.header($0) })
    if conditions.evaluateRead(etag: tag, lastModified: work.services.jobs.clock.now())?.httpStatus == 304 {
      return HTTPResult(status: 304, headers: headers.filter { $0.name != "content-type" })
    }
    return HTTPResult(headers: headers, body: .bytes(image))
  }
}
