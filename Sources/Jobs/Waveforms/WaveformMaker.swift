import Audio
import WaveformDrawing
package import Core
import EventBus
package import Library
import Logging
package import MediaJobs
import MediaTypes
import ObjectStore

/// Draws the waveform of one file of a library: 50 peaks a second as JSON in the cache bucket.
///
/// A file without sound has an empty waveform, which is complete. A file that cannot be decoded is recorded as failed. What
/// another try may mend is thrown.
package struct WaveformMaker: Sendable {
  private let services: JobServices
  private let library: LibraryStore
  /// Where temporary files go.
  private let scratch: String

  package init(services: JobServices, buckets: LibraryBuckets, scratch: String) {
    self.services = services
    self.scratch = scratch
    library = LibraryStore(objects: services.objects, buckets: buckets, clock: services.clock)
  }

  package enum Outcome: String, Sendable {
    case complete, failed
    /// The file has gone, has another version by now, or another request for its waveform came.
    case superseded
  }

  /// The event asks for something else.
  package struct WrongEvent: ClassifiedError {
    let kind: String
    package var code: String { "InvalidEvent" }
    package var message: String { "expected waveformRequested, found \(kind)" }
    package var isRetryable: Bool { false }
  }

  /// - Parameters:
  ///   - event: `waveformRequested` of the bus.
  ///   - allowance: What the invocation allows.
  /// - Throws: `LibraryEvent.Invalid`, `WrongEvent`; errors of the store.
  @discardableResult
  package func process(
    _ event: JSONValue, within allowance: InvocationAllowance = InvocationAllowance()
  ) async throws -> Outcome {
    let request = try LibraryEvent(json: event)
    guard request.kind == .waveformRequested else {
      throw WrongEvent(kind: request.kind.rawValue)
    }
    let begun = try await library.update(request.file) { record in
      guard record.version == request.version, record.waveformStatus != nil else { return false }
      record.waveformStatus = .processing
      record.waveformError = nil
      return true
    }
    guard let record = begun?.record, begun?.changed == true else { return .superseded }
    let wanted = record.waveformVersion ?? 1
    let outline: String?
    let seconds: Double
    do {
      let document: [UInt8]
      (document, seconds) = try await draw(request, allowance)
      outline = PeakOutline.make(of: document)
      try await publish(document, request, wanted: wanted)
    } catch let error as MediaError {
      let isCurrent = try await finish(request, wanted: wanted) { record in
        record.waveformStatus = .failed
        record.waveformError = error.message
      }
      guard isCurrent else { return .superseded }
      let failed = LibraryEvent(.waveformFailed, of: request, error: error.message)
      try await services.publisher.publish([failed.entry], idempotencyKey: nil)
      return .failed
    } catch is Superseded {
      return .superseded
    }
    let isCurrent = try await finish(request, wanted: wanted) { record in
      record.waveformStatus = .complete
      record.waveformProgress = 100
      record.waveformError = nil
      record.waveformedVersion = wanted
      record.waveformPeaksPerSecond = PeakDocument.peaksPerSecond
      record.waveformOutline = outline
      // Counted, where a container states no length or a wrong one.
      if record.kind == .audio, seconds > 0 { record.duration = seconds }
    }
    guard isCurrent else { return .superseded }
    let ready = LibraryEvent(.waveformReady, record, bucket: request.bucket)
    try await services.publisher.publish([ready.entry], idempotencyKey: nil)
    return .complete
  }

  /// - Returns: the document, and how many seconds of sound there are.
  private func draw(
    _ request: LibraryEvent, _ allowance: InvocationAllowance
  ) async throws -> (document: [UInt8], seconds: Double) {
    let info = try await services.objects.head(request.key, in: request.bucket)
    let source = try services.objects.open(request.key, in: request.bucket, info: info)
    let extractor = WaveformExtractor(scratch: scratch)
    return try await allowance.budget("drawing the waveform").run(name: "waveform") { cancellation in
      let document = MemorySink()
      var seconds = 0.0
      do {
        seconds = try extractor.run(source, [.peaks(document)], cancellation: cancellation)
      } catch let error as MediaError where error.kind == .noAudioStream {
        try PeakDocument(document).finish(duration: 0)
      }
      return (document.bytes, seconds)
    }
  }

  private func publish(_ document: [UInt8], _ request: LibraryEvent, wanted: Int) async throws {
    let (library, file) = (library, request.file)
    @Sendable func requireCurrent() async throws {
      guard let now = try await library.record(of: file), now.version == request.version,
        now.waveformVersion ?? 1 == wanted
      else { throw Superseded(key: request.key) }
    }
    try await requireCurrent()
    let writer = OutputWriter(
      objects: services.objects, bucket: library.buckets.cache, requireCurrent: requireCurrent)
    try await writer.put(
      document, as: file.waveformKey, contentType: "application/json", cacheControl: "private, no-cache")
  }

  private func finish(
    _ request: LibraryEvent, wanted: Int, _ change: (inout FileRecord) -> Void
  ) async throws -> Bool {
    try await library.update(request.file) { record in
      guard record.version == request.version, record.waveformVersion ?? 1 == wanted else { return false }
      change(&record)
      return true
    }?.changed ?? false
  }
}
