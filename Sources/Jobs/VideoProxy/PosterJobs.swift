package import Core
import EventBus
import FoundationEssentials
package import Library
package import MediaJobs
package import MediaTypes
import ObjectStore
import S3Protocol

/// Posters of videos: a WebP in the cache, a JPEG as a file of the library.
package struct PosterJobs: Sendable {
  package let services: LibraryServices
  private var store: LibraryStore { services.store }

  package init(services: LibraryServices) { self.services = services }

  /// What has been made of a video.
  package struct Poster: Sendable {
    package var jpeg: [UInt8]
    package var webp: [UInt8]
    /// Pixels of the JPEG.
    package var width: Int
    package var height: Int

    package init(jpeg: [UInt8], webp: [UInt8], width: Int, height: Int) {
      self.jpeg = jpeg
      self.webp = webp
      self.width = width
      self.height = height
    }
  }

  /// - Parameters:
  ///   - allowance: What the invocation allows.
  ///   - make: blocks on a thread of its own; takes the time of the frame that was chosen, in seconds, or `nil`. Throws
  ///     `MediaError` for what the file is at fault for.
  /// - Throws: what another try may mend.
  package func process(
    _ event: LibraryEvent, within allowance: InvocationAllowance = InvocationAllowance(),
    make: @escaping @Sendable (any ByteSource, Double?) throws -> Poster
  ) async throws -> ProxyJobs.Outcome {
    guard let record = try await store.record(of: event.file), record.version == event.version,
      let key = record.objectKey
    else { return .superseded }
    let run = event.extra["run"]?.stringValue ?? ProxyJob.uploadRun
    let identity = ProxyJob(kind: .poster, file: event.file, version: event.version, run: run).result
    if record.thumbnailFileId == identity.fileID, record.thumbnailStatus == .ready { return .done }
    guard let info = try await store.documents.head(key, in: store.buckets.library) else { return .superseded }
    let source = try store.objects.open(key, in: store.buckets.library, info: info)
    let poster: Poster
    do {
      poster = try await allowance.budget("making the poster").run(name: "poster", stackSize: 8 << 20) { _ in
        defer { source.close() }
        return try mappingReplacement(of: key) { try make(source, event.extra["time"]?.doubleValue) }
      }
    } catch is Superseded {
      return .superseded
    } catch let error as MediaError {
      if error.kind == .noVideoStream, record.kind == .audio {
        // Sound without a cover.
        try await store.update(event.file, version: event.version) { record in
          (record.thumbnailStatus, record.thumbnailError) = (.notNeeded, nil)
        }
        return .done
      }
      try await fail(event, error.message)
      return .failed
    }
    return try await publish(poster, identity, record)
  }

  /// Writes down that there is no poster, and announces it.
  package func fail(_ event: LibraryEvent, _ reason: String) async throws {
    let isCurrent = try await store.update(event.file, version: event.version) { record in
      (record.thumbnailStatus, record.thumbnailError) = (.failed, reason)
    }
    guard isCurrent else { return }
    let run = event.extra["run"]?.stringValue ?? ProxyJob.uploadRun
    try await services.jobs.publisher.publish(
      [LibraryEvent(.posterFailed, of: event, error: reason).entry],
      idempotencyKey: "poster-failed-\(event.file.libraryID)-\(event.file.fileID)-\(event.version)-\(run)")
  }

  private func publish(
    _ poster: Poster, _ identity: FileIdentity, _ record: FileRecord
  ) async throws -> ProxyJobs.Outcome {
    let job = ProxyJob(kind: .poster, file: record.identity, version: record.version, run: "")
    let name = job.resultName(of: record, at: services.jobs.clock.now(), extension: "jpg")
    let key = identity.derivedPrefix + FileIdentity.objectName(name)
    var options = PutOptions(contentType: "image/jpeg")
    options.cacheControl = "no-cache"
    let etag = try await store.objects.put(poster.jpeg, as: key, in: store.buckets.library, options: options)
    var file = FileRecord(
      identity: identity, name: name, mimeType: "image/jpeg", createdAt: store.now, createdBy: record.createdBy,
      role: .poster)
    (file.version, file.size, file.objectKey, file.etag) = (1, Int64(poster.jpeg.count), key, etag.value)
    (file.width, file.height) = (poster.width, poster.height)
    file.imageProxyStatus = .queued
    let isReady: (inout FileRecord) -> Void = { source in
      (source.thumbnailStatus, source.thumbnailError, source.thumbnailFileId) = (.ready, nil, identity.fileID)
    }
    guard try await store.addDerived(file, of: record.identity, version: record.version, isReady) else {
      return .superseded
    }
    try await store.documents.write(
      bytes: poster.webp, at: record.identity.thumbnailKey, in: store.buckets.cache, contentType: "image/webp")
    // A try that was interrupted between both writes.
    let isNamed = try await store.update(record.identity, version: record.version) { source in
      if !(source.derivedFileIds ?? []).contains(identity.fileID) {
        source.derivedFileIds = (source.derivedFileIds ?? []) + [identity.fileID]
      }
      isReady(&source)
    }
    guard isNamed else { return .superseded }
    for id in record.derivedFileIds ?? [] where id != identity.fileID {
      let other = FileIdentity(libraryID: record.libraryId, fileID: id)
      if try await store.record(of: other)?.role == .poster { _ = try await store.remove(other) }
    }
    try await store.update(record.identity, version: record.version, isReady)
    try await store.markForPrewarming(identity, createdAt: file.createdAt)
    var events = [
      LibraryEvent(
        .posterReady, record, bucket: store.buckets.library, extra: ["resultFileId": .string(identity.fileID)])
    ]
    if services.prewarms {
      events.append(LibraryEvent(.imagePrewarmRequested, file, bucket: store.buckets.library))
    }
    try await services.jobs.publisher.publish(
      events.map(\.entry), idempotencyKey: "poster-\(identity.libraryID)-\(identity.fileID)")
    return .done
  }
}

/// Facts of the streams of videos and sound, in their file's record.
package struct StreamMetadata: Sendable {
  package let services: LibraryServices
  private var store: LibraryStore { services.store }

  package init(services: LibraryServices) { self.services = services }

  /// - Parameters:
  ///   - allowance: What the invocation allows.
  ///   - survey: blocks on a thread of its own; throws `MediaError` for what the file is at fault for.
  /// - Throws: what another try may mend.
  package func process(
    _ event: LibraryEvent, within allowance: InvocationAllowance = InvocationAllowance(),
    survey: @escaping @Sendable (any ByteSource) throws -> MediaFacts
  ) async throws -> ProxyJobs.Outcome {
    guard let record = try await store.record(of: event.file), record.version == event.version,
      let key = record.objectKey, let info = try await store.documents.head(key, in: store.buckets.library)
    else { return .superseded }
    let source = try store.objects.open(key, in: store.buckets.library, info: info)
    let facts: MediaFacts
    do {
      facts = try await allowance.budget("reading the file's streams").run(name: "facts", stackSize: 8 << 20) { _ in
        defer { source.close() }
        return try mappingReplacement(of: key) { try survey(source) }
      }
    } catch is Superseded {
      return .superseded
    } catch let error as MediaError {
      try await store.update(event.file, version: event.version) { record in
        var metadata = record.metadata?.objectValue ?? [:]
        metadata["error"] = .string(error.message)
        record.metadata = .object(metadata)
      }
      return .failed
    }
    let streams = try JSON.decode(JSONValue.self, from: JSON.encode(facts))
    try await store.update(event.file, version: event.version) { record in
      (record.width, record.height) = (facts.video?.width, facts.video?.height)
      // A length that was counted is better than one that the container states.
      if record.kind != .audio || record.waveformedVersion == nil {
        record.duration = facts.length > 0 ? facts.length : nil
      }
      var metadata = record.metadata?.objectValue ?? [:]
      metadata["streams"] = streams
      metadata["error"] = nil
      record.metadata = .object(metadata)
    }
    return .done
  }
}
