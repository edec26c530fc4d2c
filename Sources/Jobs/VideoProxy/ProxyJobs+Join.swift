import Checksums
package import Core
import Encodings
import FoundationEssentials
package import Library
import MP4
import MediaJobs
import MediaTypes
package import ObjectStore
package import S3Protocol

extension ProxyJobs {
  /// Joins the parts to a file of the library, and ends the job. Done twice it makes one file.
  ///
  /// - Throws: what another try may mend.
  package func join(_ event: LibraryEvent) async throws -> Outcome {
    let job = try ProxyJob(event)
    guard let record = try await currentRecord(of: job) else { return .superseded }
    let folder = job.folder(store)
    guard let document = try await folder.document() else { return .superseded }
    let identity = job.result
    if document.status == .ready {
      // The announcement may have been lost.
      try await publish(job.readyKind, record, job, ["resultFileId": .string(identity.fileID)], key: "ready")
      try await removeParts(of: job)
      return .done
    }
    guard !document.status.isFinal,
      let plan = try await store.documents.read(ProxyPlan.self, at: job.planKey, in: store.buckets.cache)?.value
    else { return .superseded }
    let made: Made
    do {
      made = try await result(of: job, plan)
    } catch let error as MediaError where error.kind == .encodeFailed {
      try await fail(job, code: error.code, error.message)
      return .failed
    }
    let moment = services.jobs.clock.now()
    let name = job.resultName(of: record, at: moment, extension: made.fileExtension)
    let key = identity.derivedPrefix + FileIdentity.objectName(name)
    let etag = try await store.objects.keep(
      made.source, as: key, in: store.buckets.library, contentType: made.contentType)
    guard try await currentRecord(of: job) != nil else {
      try await store.objects.delete(key, in: store.buckets.library)
      return .superseded
    }
    var result = FileRecord(
      identity: identity, name: name, mimeType: made.contentType, createdAt: store.now, createdBy: record.createdBy,
      role: job.kind == .proxy ? .proxy : .moment)
    (result.version, result.size, result.objectKey, result.etag) = (1, made.source.size, key, etag.value)
    result.duration = made.seconds
    (result.width, result.height) = (made.size?.width, made.size?.height)
    try await publish(result, of: job, replacing: record)
    _ = try await folder.move(to: .ready, now: now) { document in
      document.result = .object([
        "fileId": .string(identity.fileID), "frames": .integer(Int64(made.pictures)),
        "size": .integer(made.source.size),
      ])
    }
    try await publish(job.readyKind, record, job, ["resultFileId": .string(identity.fileID)], key: "ready")
    try await removeParts(of: job)
    return .done
  }

  /// What comes out of a job's parts.
  private struct Made {
    var source: any ByteSource
    var contentType: String
    var fileExtension: String
    var pictures: Int
    var seconds: Double
    /// Pixels.
    var size: (width: Int, height: Int)?
  }

  /// The parts joined to an MP4 file; the one part of an animated image is that image.
  ///
  /// - Throws: `MediaError` if parts do not fit together; what another try may mend.
  private func result(of job: ProxyJob, _ plan: ProxyPlan) async throws -> Made {
    if let animation = plan.animation {
      guard
        let done = try await store.documents.read(PartDone.self, at: job.doneKey(0), in: store.buckets.cache)?.value
      else { throw Unreadable(key: job.doneKey(0)) }
      let format = animation.format
      return Made(
        source: try await part(job, plan.parts[0]), contentType: format.contentType, fileExtension: format.rawValue,
        pictures: done.outcome.samples, seconds: plan.length,
        size: plan.facts.video.map { animation.size(width: $0.width, height: $0.height) })
    }
    var tracks: (video: [TrackPart], audio: [TrackPart]) = ([], [])
    for part in plan.parts {
      let source = try await self.part(job, part)
      let made = try await DedicatedThread.run(name: "join") { try TrackPart(source) }
      if part.isVideo { tracks.video.append(made) } else { tracks.audio.append(made) }
    }
    let file = try JoinedFile(video: tracks.video, audio: tracks.audio)
    let picture = plan.facts.video.map { ProxyFrame($0) }
    return Made(
      source: file, contentType: "video/mp4", fileExtension: "mp4", pictures: file.pictures, seconds: file.length,
      size: picture.map { ($0.width, $0.height) })
  }

  private func part(_ job: ProxyJob, _ part: ProxyPart) async throws -> any ByteSource {
    let key = job.partKey(part.name)
    guard let info = try await store.documents.head(key, in: store.buckets.cache) else { throw Unreadable(key: key) }
    return try store.objects.open(key, in: store.buckets.cache, info: info)
  }

  /// Names the result in the file's record, and removes the proxies that it replaces.
  private func publish(_ result: FileRecord, of job: ProxyJob, replacing record: FileRecord) async throws {
    let isReady: (inout FileRecord) -> Void = { source in
      guard job.kind == .proxy else { return }
      (source.proxyStatus, source.proxyProgress) = (.ready, 100)
      (source.proxyEtaSeconds, source.proxyError) = (nil, nil)
    }
    guard try await store.addDerived(result, of: job.file, version: job.version, isReady) else { return }
    // A join that was interrupted between both writes.
    try await store.update(job.file, version: job.version) { source in
      if !(source.derivedFileIds ?? []).contains(result.id) {
        source.derivedFileIds = (source.derivedFileIds ?? []) + [result.id]
      }
      isReady(&source)
    }
    guard job.kind == .proxy else { return }
    for id in record.derivedFileIds ?? [] where id != result.id {
      let other = FileIdentity(libraryID: job.file.libraryID, fileID: id)
      if try await store.record(of: other)?.role == .proxy { _ = try await store.remove(other) }
    }
  }
}

extension ProxyJob {
  /// The file that comes out: the same for every try of this run.
  package var result: FileIdentity {
    let digest = Digest.sha256(Array("\(file.libraryID)/\(file.fileID)/\(version)/\(kind.rawValue)/\(run)".utf8))
      .hexString
    var digits = Array(digest.prefix(32))
    // RFC 9562 §5.8: a UUID of an application's own making.
    digits[12] = "8"
    digits[16] = "a"
    let text = String(digits)
    func piece(_ from: Int, _ count: Int) -> Substring { text.dropFirst(from).prefix(count) }
    let id = "\(piece(0, 8))-\(piece(8, 4))-\(piece(12, 4))-\(piece(16, 4))-\(piece(20, 12))"
    return FileIdentity(libraryID: file.libraryID, fileID: id)
  }

  var readyKind: LibraryEvent.Kind { kind == .proxy ? .proxyReady : .momentReady }

  /// `talk_proxy_20261127T051500Z.mp4`, `talk_thumbnail_20261127T051500Z.jpg`.
  func resultName(of record: FileRecord, at moment: Date, extension: String) -> String {
    let base = record.name.lastIndex(of: ".").map { String(record.name[..<$0]) } ?? record.name
    let stamp = moment.iso8601(milliseconds: false).filter { $0.isNumber || $0 == "T" || $0 == "Z" }
    let name = base.isEmpty ? record.id : base
    return "\(name)_\(kind == .poster ? "thumbnail" : kind.rawValue)_\(stamp).\(`extension`)"
  }
}

extension ObjectStore {
  /// Stores a source of any size: in parts if the store takes them, so that memory stays bounded.
  @discardableResult
  package func keep(
    _ source: any ByteSource, as key: String, in bucket: String, contentType: String
  ) async throws -> ETag {
    var options = PutOptions(contentType: contentType)
    options.cacheControl = "no-cache"
    if let service = self as? S3Client {
      return try await service.upload(source: source, as: key, in: bucket, options: options)
    }
    let bytes = try await DedicatedThread.run(name: "read") {
      var bytes = [UInt8](repeating: 0, count: Int(source.size))
      var done = 0
      while done < bytes.count {
        let count = try bytes.withUnsafeMutableBytes {
          try source.read(at: Int64(done), into: UnsafeMutableRawBufferPointer(rebasing: $0[done...]))
        }
        guard count > 0 else { throw MediaError(.truncated, "a part of the file ends early") }
        done += count
      }
      return bytes
    }
    return try await put(bytes, as: key, in: bucket, options: options)
  }
}
