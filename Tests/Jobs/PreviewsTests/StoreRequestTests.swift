import EventBus
import Logging
import MediaJobs
import ObjectStore
import Previews
import Synchronization
import Testing

/// What jobs cost their store. The figures of commit 721019b were counted in its code, for the same jobs.
@Suite("Requests of a job")
struct StoreRequestTests {
  /// Notes the store's count when the end of the job is announced.
  private final class Announcements: EventPublisher {
    let store: CountingStore
    let requests = Mutex<Int?>(nil)

    init(_ store: CountingStore) { self.store = store }

    func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {
      guard entries.contains(where: { $0.detailType == "videoProcessed" }) else { return }
      requests.withLock { $0 = store.counted.requests }
    }
  }

  private struct Rendered {
    let store = CountingStore()
    let announcements: Announcements
    let services: PreviewServices
    let job: Job

    init(snippetSize: Int) async throws {
      announcements = Announcements(store)
      var logger = Logger(label: "test")
      logger.logLevel = .critical
      services = PreviewServices(
        settings: JobSettings(snippetSize: snippetSize), buckets: JobFixture.buckets, objects: store,
        publisher: announcements, logger: logger)
      _ = try await store.put([1], as: "talk.mp4", in: JobFixture.buckets.source)
      job = try await services.currentJob(for: "talk.mp4")!
    }

    /// Puts a clip's outputs there, as rendering does.
    func render(_ number: Int) async throws -> ClipRecord {
      let start = number * job.settings.snippetSize
      let writer = services.store.writer(of: job)
      try await writer.put([2], as: job.names.gif(start: start), contentType: "image/gif")
      for still in 1...job.settings.snippetSize {
        try await writer.put([3], as: job.names.still(start: start, number: still), contentType: "image/jpeg")
      }
      let strip = job.names.strip(version: job.version.description, start: start)
      try await writer.put([4], as: strip, contentType: "application/octet-stream")
      return ClipRecord(
        start: start, end: start + job.settings.snippetSize - 1, gif: job.names.gif(start: start), gifBytes: 1,
        gifFrames: 1, frameBytes: Array(repeating: 1, count: job.settings.snippetSize), stripBytes: 1,
        timings: .init(startedAt: 0, finishedAt: 0))
    }

    /// What `ClipProcessor` does once a clip is rendered.
    func end(_ record: ClipRecord, of clips: Int) async throws -> Completion.Outcome {
      try await services.store.requireCurrent(job)
      try await services.store.put(record, of: job)
      return try await services.completion.finish(job, clips: clips, after: record, requestID: "\(record.start)")
    }
  }

  /// HEAD, PUT of the record, a listing of records, 120 records, the manifest twice, 4 pages of outputs, the plan, HEAD, PUT
  /// of the manifest.
  private static let before = 132

  @Test("from the last clip's end of 120 to videoProcessed takes at most half of the requests of commit 721019b")
  func end() async throws {
    let rendered = try await Rendered(snippetSize: 30)
    for number in 0..<119 {
      let outcome = try await rendered.end(try await rendered.render(number), of: 120)
      #expect(outcome == .waiting)
    }
    let last = try await rendered.render(119)
    let began = rendered.store.counted.requests
    #expect(try await rendered.end(last, of: 120) == .finished)
    let requests = try #require(rendered.announcements.requests.withLock { $0 }) - began
    #expect(requests <= Self.before / 2, "\(requests) requests")
  }

  @Test("clips that are not the last list nothing, in whichever order they end")
  func notTheLast() async throws {
    let rendered = try await Rendered(snippetSize: 1)
    for number in (0..<300).shuffled().dropLast() {
      #expect(try await rendered.end(try await rendered.render(number), of: 300) == .waiting)
    }
    #expect(rendered.store.counted.listedKeys == 0)
  }

  @Test("two hours in clips of a second list at most three keys per clip in all")
  func longVideo() async throws {
    let clips = 7200
    let rendered = try await Rendered(snippetSize: 1)
    for number in 0..<clips {
      let outcome = try await rendered.end(try await rendered.render(number), of: clips)
      #expect(outcome == (number == clips - 1 ? .finished : .waiting))
    }
    #expect(rendered.store.counted.listedKeys <= 3 * clips)
    // Small requests only, a few per clip: a source's HEAD, the outputs, the record, its neighbours.
    #expect(rendered.store.counted.requests <= 10 * clips)
  }
}
