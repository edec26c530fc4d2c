import Logging
import Core
import Encodings
import EventBus
import FoundationEssentials
package import ImageTransforms
package import LambdaEvents
import Library
import MediaJobs
import MediaTypes
import ObjectStore

/// Images and avatars: answers name objects, which the gateway sends.
extension LibraryAPI {
  /// The original, or a derivative that exists or is being made.
  ///
  /// - Parameter asksAgain: see `answer`. Then a derivative is looked for once, by the gateway.
  func image(
    _ event: HTTPEvent, _ file: FileIdentity, _ session: Session, _ asksAgain: Bool
  ) async throws -> HTTPResult {
    let isMember = session.role(in: file.libraryID) != nil
    let file = isMember ? file : Self.decoy
    let parameters = TransformParameters(query: event.queryPairs)
    let key = file.transformsPrefix + parameters.objectName
    // What is in the cache belongs to a file that exists.
    let cached = HTTPResult.Reference.object(bucket: store.buckets.cache, key: key, isOptional: asksAgain)
    if parameters.needsTransform, !event.isMissing {
      let isThere = try await asksAgain ? true : store.objects.exists(key, in: store.buckets.cache)
      if isThere { return .reference(cached, headers: Self.derivativeHeaders(parameters)) }
    }
    guard let record = try await store.record(of: file), isMember, record.isUploaded, let original = record.objectKey
    else { throw APIError.notFound }
    guard parameters.needsTransform, record.kind == .image else {
      return .reference(.object(bucket: store.buckets.library, key: original), headers: Self.originalHeaders(record))
    }
    let prefix = file.transformClaims(version: record.version, parameters.objectName)
    let now = Int64(services.secondsSince1970 * 1000)
    let claim = try await store.documents.read(
      ResultClaim.self, at: prefix + "claim", in: store.buckets.cache)
    if let failure = claim?.value?.failure(now: now) { throw failure }
    if let uncachedImages, claim?.value?.foundNoRoom(now: now) == true {
      return .reference(.invoke(function: uncachedImages))
    }
    do {
      // A former failure is not the answer to this request. Another run may have taken the claim meanwhile.
      if let claim, claim.value?.state == .failed {
        _ = try await store.objects.delete(prefix + "claim", in: store.buckets.cache, ifMatch: claim.etag)
      }
      // Also if there is a claim: its owner may have died. Requests of the same seconds are one event, and a function
      // that finds another one at work leaves it alone.
      let request = LibraryEvent(
        .imageTransformRequested, record, bucket: store.buckets.library,
        extra: ["transform": .string(parameters.objectName)])
      let moment = Int(services.secondsSince1970) / 2
      try await services.jobs.publisher.publish([request.entry], idempotencyKey: "\(prefix)\(moment)")
    } catch let error as any ClassifiedError {
      // Neither store nor queue take anything, as on a full disk. The image needs neither.
      guard let uncachedImages else { throw error }
      services.jobs.logger.warning(
        "the image is made without the cache", metadata: ["key": "\(key)", "error": "\(error.message)"])
      return .reference(.invoke(function: uncachedImages))
    }
    return .reference(
      .follow(
        bucket: store.buckets.cache, prefix: prefix, key: key,
        limits: .init(firstByte: 30, substitute: uncachedImages)),
      headers: Self.derivativeHeaders(parameters))
  }

  package static func derivativeHeaders(_ parameters: TransformParameters) -> [HTTPResult.Header] {
    [
      .init("content-type", parameters.format.contentType),
      .init("cache-control", "public, max-age=31536000, immutable"), .init("x-content-type-options", "nosniff"),
    ]
  }

  /// An original may be anything, HTML and scripts included: it is shown only as what can do no harm.
  static func originalHeaders(_ record: FileRecord) -> [HTTPResult.Header] {
    let isHarmless = record.kind != .other
    let name = PercentEncoding.encode(record.name)
    return [
      .init("content-type", isHarmless ? record.mimeType : "application/octet-stream"),
      .init("cache-control", "public, max-age=31536000"), .init("x-content-type-options", "nosniff"),
      .init("content-security-policy", "sandbox"),
      .init("content-disposition", "\(isHarmless ? "inline" : "attachment"); filename*=UTF-8''\(name)"),
    ]
  }

  /// An object of a video's previews. The names do not change with the content, so caches ask again.
  func preview(_ name: String, of record: FileRecord) async throws -> HTTPResult {
    let key = record.identity.previewsPrefix(version: record.version) + name
    guard record.previewsStatus == .ready, !name.hasPrefix("."),
      let info = try await store.documents.head(key, in: store.buckets.cache)
    else { throw APIError(404, "There is no such preview.") }
    return .reference(
      .object(bucket: store.buckets.cache, key: key),
      headers: [
        .init("content-type", info.contentType ?? "application/octet-stream"),
        .init("cache-control", "private, no-cache"), .init("x-content-type-options", "nosniff"),
      ])
  }

  /// - Parameter orNothing: 204 if there is none, for pages that only want to know.
  func avatar(of user: String, orNothing: Bool = false) async throws -> HTTPResult {
    let key = AvatarKey.key(of: user)
    guard try await store.documents.head(key, in: store.buckets.library) != nil else {
      if orNothing { return HTTPResult(status: 204, headers: [.init("cache-control", "no-store")]) }
      throw APIError(404, "There is no avatar.")
    }
    return .reference(
      .object(bucket: store.buckets.library, key: key),
      headers: [
        .init("content-type", "image/webp"), .init("cache-control", "private, max-age=300"),
        .init("x-content-type-options", "nosniff"),
      ])
  }

  func variants() throws -> HTTPResult {
    var result = try HTTPResult.json(ImageVariants.current)
    result.headers.append(.init("cache-control", "public, max-age=300"))
    return result
  }
}

extension HTTPEvent {
  /// Decoded, in order.
  package var queryPairs: [(name: String, value: String?)] { QueryString.parse(rawQueryString) }
}
