import Audio
import WaveformDrawing
import AudioJobs
import Core
import EventBus
import FoundationEssentials
import Logging
import MediaJobs
import MediaTypes
import ObjectCache
import ObjectStore
import S3Protocol
import Synchronization

extension TranscodeJobs {
  // MARK: In one piece

  /// Encodes the whole file, on all processors, or copies its stream.
  func makeWhole(_ job: TranscodeJob, _ order: TranscodeOrder, isCopied: Bool) async throws -> Outcome {
    let parameters = try TranscodeParameters(order)
    let entry = places.entry(parameters, sha256: order.sha256)
    if let info = try await cache.find(entry) {
      // Made by a try that was cut off, or by a job for the same.
      return try await publish(job, order, parameters, info, nil)
    }
    let source = try await source(of: job)
    let scratch = try ScratchFile(in: settings.scratch, extension: parameters.target.rawValue)
    defer { scratch.remove() }
    let (settings, path) = (settings, scratch.path)
    let seconds = try await knownPlan(of: job)?.seconds
    let summary = try await watched(job, part: 0) { meter in
      try await blocking(source, meter.cancellation) { cancellation in
        let file = try FileSink(path: path)
        let show: (Double) -> Void = { position in
          if let seconds, seconds > 0 { meter.share = min(1, max(0, position / seconds)) }
        }
        if isCopied {
          return try StreamCopy.run(
            source, target: parameters.target, scratch: settings.scratch, to: file, cancellation: cancellation,
            progress: show)
        }
        var transcoder = Transcoder(
          target: parameters.target, quality: parameters.quality, scratch: settings.scratch)
        transcoder.streams = false
        transcoder.workers = settings.workers
        let summary = try transcoder.run(source, to: file, cancellation: cancellation, progress: show)
        try file.flush()
        return summary
      }
    }
    let info = try await cache.store(FileByteSource(path: scratch.path), entry, parameters.target)
    return try await publish(job, order, parameters, info, summary)
  }

  // MARK: In parts

  /// Encodes one part and stores its packets, unless that was done before; the maker of the last part asks for the join.
  func makePart(_ job: TranscodeJob, _ number: Int) async throws -> Outcome {
    guard let plan = try await knownPlan(of: job) else { throw Missing(key: job.planKey) }
    guard plan.mode == .parts, (0..<plan.steps).contains(number) else { return .superseded }
    if let done = try await services.documents.read(EncodedPart.self, at: job.doneKey(number), in: bucket)?.value {
      try await joinIfComplete(job, plan, done, number)
      return .done
    }
    let source = try await source(of: job)
    let scratch = try ScratchFile(in: settings.scratch, extension: "part")
    defer { scratch.remove() }
    let path = scratch.path
    let isDigest = number == plan.count
    let made = try await watched(job, part: isDigest ? nil : number) { meter in
      try await blocking(source, meter.cancellation) { cancellation in
        let file = try FileSink(path: path)
        let made = try PartEncoder.encode(source, plan, part: number, to: file, cancellation: cancellation) {
          meter.share = $0
        }
        try file.flush()
        return made
      }
    }
    guard let made else {
      services.logger.notice(
        "the file is not as its headers say, so it is encoded in one piece", metadata: ["job": "\(job.id)"])
      try await services.publisher.publish(
        [TranscodeEvent(.transcodePartRequested, job).entry], idempotencyKey: "\(job.prefix)whole")
      return .done
    }
    if !isDigest {
      try await storePart(FileByteSource(path: path), as: job.dataKey(number))
      if try await ending.removeIfEnded(job) { return .superseded }
    }
    try await services.documents.write(made, at: job.doneKey(number), in: bucket)
    if !isDigest {
      let began = try await folder(job).part(number)?.startedAt ?? now
      try await folder(job).put(
        PartRecord(done: 1, total: 1, isComplete: true, startedAt: began, updatedAt: now), part: number)
    }
    try await joinIfComplete(job, plan, made, number)
    return .done
  }

  /// Bytes up to which a part is stored by one request, from memory: such a part can be joined without being copied.
  private static let wholePart: Int64 = 16 << 20

  private func storePart(_ part: FileByteSource, as key: String) async throws {
    let options = PutOptions(contentType: "application/octet-stream")
    guard part.size <= Self.wholePart else {
      _ = try await objects.put(source: part, as: key, in: bucket, options: options)
      return
    }
    let bytes = try await DedicatedThread.run(name: "part") {
      try [UInt8](unsafeUninitializedCapacity: Int(part.size)) { buffer, filled in
        while filled < buffer.count {
          let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
          let count = try part.read(at: Int64(filled), into: rest)
          if count == 0 { break }
          filled += count
        }
      }
    }
    _ = try await objects.put(bytes, as: key, in: bucket, options: options)
  }

  private func joinIfComplete(_ job: TranscodeJob, _ plan: TranscodePlan, _ done: EncodedPart, _ number: Int)
    async throws
  {
    guard try await records(job, plan).records(after: done, at: number) != nil else { return }
    try await services.publisher.publish(
      [TranscodeEvent(.transcodeJoinRequested, job).entry], idempotencyKey: "\(job.prefix)join")
  }

  private func records(_ job: TranscodeJob, _ plan: TranscodePlan) -> RecordTree<EncodedPart> {
    RecordTree(
      documents: services.documents, bucket: bucket, count: plan.steps, prefix: job.donePrefix,
      leafKey: { job.doneKey($0) })
  }

  /// Joins the parts, publishes the file and ends the job. Done twice it makes the same file.
  func join(_ job: TranscodeJob, _ order: TranscodeOrder) async throws -> Outcome {
    let parameters = try TranscodeParameters(order)
    let entry = places.entry(parameters, sha256: order.sha256)
    if let info = try await cache.find(entry) { return try await publish(job, order, parameters, info, nil) }
    guard let plan = try await knownPlan(of: job),
      let last = try await services.documents.read(
        EncodedPart.self, at: job.doneKey(plan.steps - 1), in: bucket)?.value,
      let parts = try await records(job, plan).records(after: last, at: plan.steps - 1)
    else { throw Missing(key: job.planKey) }
    var infos: [ObjectInfo] = []
    for number in 0..<plan.count { infos.append(try await info(job.dataKey(number))) }
    if let made = try await joinInStore(job, plan, parts, infos, entry) {
      return try await publish(job, order, parameters, made.info, made.summary)
    }
    let source = try await source(of: job)
    let (data, objects, bucket) = (infos, objects, bucket)
    let scratch = try ScratchFile(in: settings.scratch, extension: parameters.target.rawValue)
    defer { scratch.remove() }
    let path = scratch.path
    let summary: TranscodeSummary
    do {
      summary = try await watched(job, part: nil) { meter in
        try await blocking(source, meter.cancellation) { cancellation in
          try PartJoiner.join(
            source, plan, parts, to: FileSink(path: path), cancellation: cancellation
          ) { number in
            // Opened one after the other, because each keeps what was read last. All of it is read, once.
            let part = try objects.open(data[number].key, in: bucket, info: data[number])
            part.limitReadAhead(to: part.size)
            return part
          }
        }
      }
    } catch let error as MediaError where error.kind == .encodeFailed || error.kind == .truncated {
      services.logger.warning(
        "the parts cannot be joined, so the file is encoded in one piece",
        metadata: ["job": "\(job.id)", "reason": "\(error.message)"])
      return try await makeWhole(job, order, isCopied: false)
    }
    let info = try await cache.store(FileByteSource(path: scratch.path), entry, parameters.target)
    return try await publish(job, order, parameters, info, summary)
  }

  /// Has the store put parts behind their head that need no change.
  ///
  /// - Returns: `nil` if the parts have to be read.
  private func joinInStore(
    _ job: TranscodeJob, _ plan: TranscodePlan, _ parts: [EncodedPart], _ data: [ObjectInfo], _ entry: CacheEntry
  ) async throws -> (info: ObjectInfo, summary: TranscodeSummary)? {
    guard plan.target == .flac else { return nil }
    let source = try await source(of: job)
    let made = try await blocking(source) { cancellation in
      // What is wrong with the parts the other way finds as well, and says.
      try? PartJoiner.flacHead(source, plan, parts, cancellation: cancellation)
    }
    guard let made, let info = try await cache.store(made.bytes, data, entry, plan.target) else { return nil }
    return (info, made.1)
  }

  // MARK: Waveform

  /// Draws the peaks of a result. Two readers that ask at once write the same.
  func drawWaveform(of key: String, for job: TranscodeJob) async throws {
    let (source, scratch) = (try await open(key), settings.scratch)
    let peaks = try await blocking(source) { cancellation in
      let document = MemorySink()
      try WaveformExtractor(scratch: scratch).run(source, [.peaks(document)], cancellation: cancellation)
      return document.bytes
    }
    var options = PutOptions(contentType: "application/json")
    options.cacheControl = "private, max-age=3600"
    _ = try await objects.put(peaks, as: job.waveformKey, in: bucket, options: options)
  }

  // MARK: Ending

  private func publish(
    _ job: TranscodeJob, _ order: TranscodeOrder, _ parameters: TranscodeParameters, _ info: ObjectInfo,
    _ summary: TranscodeSummary?
  ) async throws -> Outcome {
    var result: [String: JSONValue] = [
      "key": .string(info.key), "bytes": .integer(info.size), "contentType": .string(parameters.target.contentType),
    ]
    if let summary {
      result["seconds"] = .number(summary.seconds)
      result["sampleRate"] = .integer(Int64(summary.sampleRate))
      result["channels"] = .integer(Int64(summary.channels))
    }
    let began = try await folder(job).document()?.createdAt ?? now
    guard try await ending.finish(job, result: .object(result)) else { return .superseded }
    TranscodeMetrics.jobEnded(.ready, order.target, seconds: Double(now - began) / 1000, audio: summary?.seconds)
    try await reportCounts()
    try await cache.sweep(keeping: info.size)
    return .done
  }

  // MARK: Progress

  /// Runs work beside a watch that writes how far it is, and that ends the work when the job has ended.
  ///
  /// - Parameter part: `nil` if the work has no record.
  private func watched<Made: Sendable>(
    _ job: TranscodeJob, part: Int?, _ work: (PartMeter) async throws -> Made
  ) async throws -> Made {
    let meter = PartMeter()
    let folder = folder(job)
    // A part that is begun again does not go back.
    let former: PartRecord? = if let part { try await folder.part(part) } else { nil }
    let (least, began) = (former?.done ?? 0, former?.startedAt ?? now)
    let services = services
    let watch = Task {
      while !Task.isCancelled {
        let time = services.clock.now().millisecondsSince1970
        let share = min(0.999, max(least, meter.share))
        do {
          if try await folder.document()?.status.isFinal ?? true { return meter.cancellation.cancel() }
          if let part {
            try await folder.put(PartRecord(done: share, total: 1, startedAt: began, updatedAt: time), part: part)
          }
        } catch {
          services.logger.warning("progress was not written", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
        try await Task.sleep(for: .seconds(1))
      }
    }
    do {
      let made = try await work(meter)
      watch.cancel()
      // A late record must not take the place of the one that says that the part is complete.
      _ = try? await watch.value
      return made
    } catch {
      watch.cancel()
      _ = try? await watch.value
      throw error
    }
  }
}

/// How far a part is, 0 … 1: written by its thread and read by others.
final class PartMeter: Sendable {
  private let state = Mutex(0.0)
  /// Ends the work of the part.
  let cancellation = CancellationFlag()

  var share: Double {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}
