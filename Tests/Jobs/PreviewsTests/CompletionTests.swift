import ObjectStore
import MediaJobs
import Previews
import S3Protocol
import Testing

@Suite("Completion")
struct CompletionTests {
  @Test("the manifest is written when the last clip is in, once, and announced")
  func lastClipWritesTheManifest() async throws {
    let fixture = JobFixture()
    let job = try await fixture.upload("one")
    let completion = fixture.services.completion
    try await fixture.complete(job, start: 0, stills: 10)
    #expect(try await completion.finish(job, clips: 2, requestID: "a") == .waiting)
    #expect(try await fixture.manifest(job) == nil)
    try await fixture.complete(job, start: 10, stills: 3)
    #expect(try await completion.finish(job, clips: 2, requestID: "b") == .finished)
    #expect(try await completion.finish(job, clips: 2, requestID: "a") == .alreadyFinished)
    let manifest = try #require(try await fixture.manifest(job))
    #expect(manifest.status == .complete)
    #expect(manifest.source.etag == job.source.etag.value)
    #expect(manifest.clips.map(\.start) == [0, 10])
    #expect(manifest.frames == 13)
    #expect(fixture.bus.types() == ["videoProcessed"])
  }

  @Test("of many workers that finish at the same time one writes the manifest")
  func racingWorkers() async throws {
    let fixture = JobFixture()
    let job = try await fixture.upload("one")
    try await fixture.complete(job, start: 0, stills: 2)
    let outcomes = try await withThrowingTaskGroup(of: Completion.Outcome.self) { group in
      for worker in 0..<16 {
        group.addTask { try await fixture.services.completion.finish(job, clips: 1, requestID: "\(worker)") }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == .finished } == 1)
    #expect(fixture.bus.types() == ["videoProcessed"])
  }

  @Test("the invocation that wrote the manifest and was cut off before announcing it announces on its next try")
  func retryAnnouncesAgain() async throws {
    let fixture = JobFixture()
    let job = try await fixture.upload("one")
    try await fixture.complete(job, start: 0, stills: 1)
    for _ in 0..<2 { _ = try await fixture.services.completion.finish(job, clips: 1, requestID: "same") }
    // Twice, but under one idempotency key.
    #expect(fixture.bus.types() == ["videoProcessed", "videoProcessed"])
    #expect(fixture.bus.idempotencyKeys().count == 1)
  }

  @Test("a new version replaces the outputs, and what no longer exists is removed")
  func newVersionReplaces() async throws {
    let fixture = JobFixture()
    let old = try await fixture.upload("old, longer")
    try await fixture.complete(old, start: 0, stills: 10)
    try await fixture.complete(old, start: 10, stills: 10)
    _ = try await fixture.services.completion.finish(old, clips: 2, requestID: "a")

    let new = try await fixture.upload("new")
    try await fixture.complete(new, start: 0, stills: 4)
    #expect(try await fixture.services.completion.finish(new, clips: 1, requestID: "b") == .finished)
    let manifest = try #require(try await fixture.manifest(new))
    #expect(manifest.source.etag == new.source.etag.value)
    let expected = Set(
      [new.names.gif(start: 0), new.names.manifest, new.names.record(of: new.version, start: 0)]
        + (1...4).map { new.names.still(start: 0, number: $0) })
    #expect(try await fixture.outputs() == expected)
  }

  @Test("cleaning up after an upload keeps the records of a version that came between it and the same bytes again")
  func putBackTwice() async throws {
    let fixture = JobFixture()
    let first = try await fixture.upload("one")
    try await fixture.complete(first, start: 0, stills: 2)
    let between = try await fixture.upload("other")
    let record = between.names.record(of: between.version, start: 0)
    try await fixture.complete(between, start: 0, stills: 2)
    _ = try await fixture.upload("one")
    try await fixture.complete(first, start: 0, stills: 2)
    _ = try await fixture.services.completion.finish(first, clips: 1, requestID: "late")
    #expect(try await fixture.outputs().contains(record))
  }

  @Test("a late worker whose version is back takes nothing of it away")
  func lateWorkerOfTheSameVersion() async throws {
    let fixture = JobFixture()
    let job = try await fixture.upload("one")
    try await fixture.complete(job, start: 0, stills: 2)
    _ = try await fixture.services.completion.finish(job, clips: 1, requestID: "a")
    let outputs = try await fixture.outputs()
    try await fixture.services.completion.withdrawClip(job, start: 0, stills: 2)
    #expect(try await fixture.outputs() == outputs)
  }

  @Test("a late worker of an old version does not overwrite a newer picture, nor write its manifest")
  func lateWorker() async throws {
    let fixture = JobFixture()
    let old = try await fixture.upload("old")
    let new = try await fixture.upload("new")
    try await fixture.complete(new, start: 0, stills: 2)
    let late = fixture.store.writer(of: old)
    await #expect(throws: Superseded.self) {
      try await late.put([1, 2, 3], as: old.names.gif(start: 0), contentType: "image/gif")
    }
    _ = try await fixture.services.completion.finish(new, clips: 1, requestID: "b")
    await #expect(throws: Superseded.self) {
      try await fixture.services.completion.fail(old, reason: "late", requestID: "a")
    }
    #expect(try await fixture.manifest(new)?.version == new.version.description)
  }

  @Test("what a late worker wrote after the newer version had ended, it removes itself")
  func lateWorkerRetreats() async throws {
    let fixture = JobFixture()
    let old = try await fixture.upload("old")
    let new = try await fixture.upload("new")
    try await fixture.complete(new, start: 0, stills: 2)
    _ = try await fixture.services.completion.finish(new, clips: 1, requestID: "b")
    let before = try await fixture.outputs()
    try await fixture.complete(old, start: 10, stills: 3)
    #expect(try await fixture.outputs() != before)
    try await fixture.services.completion.withdrawClip(old, start: 10, stills: 3)
    #expect(try await fixture.outputs() == before)
  }

  @Test("a manifest never names what is not there: the clip is announced again instead")
  func missingPicture() async throws {
    let fixture = JobFixture()
    let job = try await fixture.upload("one")
    try await fixture.complete(job, start: 0, stills: 2)
    try await fixture.objects.delete([job.names.still(start: 0, number: 2)], in: JobFixture.buckets.output)
    await #expect(throws: Completion.Missing.self) {
      try await fixture.services.completion.finish(job, clips: 1, requestID: "a")
    }
    #expect(fixture.bus.types() == ["newVideoCreated"])
    #expect(try await fixture.store.record(job, start: 0) == nil)
    #expect(try await fixture.manifest(job) == nil)
  }

  @Test("a failed clip fails the job, with its reason, and keeps the others")
  func failedClip() async throws {
    let fixture = JobFixture()
    let job = try await fixture.upload("one")
    try await fixture.complete(job, start: 0, stills: 2)
    try await fixture.store.put(ClipRecord(failed: "damaged", start: 10, end: 19, at: 0), of: job)
    _ = try await fixture.services.completion.finish(job, clips: 2, requestID: "a")
    let manifest = try #require(try await fixture.manifest(job))
    #expect(manifest.status == .failed)
    #expect(manifest.reason?.contains("damaged") == true)
    #expect(manifest.clips.map(\.status) == [.complete, .failed])
    #expect(fixture.bus.types() == ["videoFailed"])
    // Mended later (redriven from the dead letters), it becomes complete.
    try await fixture.complete(job, start: 10, stills: 1)
    #expect(try await fixture.services.completion.finish(job, clips: 2, requestID: "b") == .finished)
    #expect(try await fixture.manifest(job)?.status == .complete)
  }

  @Test("a run token makes the same bytes another version")
  func runToken() async throws {
    let fixture = JobFixture()
    let first = try await fixture.upload("same")
    let again = try await fixture.upload("same", run: "0c7f")
    #expect(first.source.etag == again.source.etag)
    #expect(first.version != again.version)
  }
}
