import Core
import EventBus
import MediaJobs
import ObjectStore
import Previews
import S3Protocol
import Testing

@Suite("PreviewFailures")
struct PreviewFailuresTests {
  static let request = FailureOrigin.event(source: "zoetrope.library", detailType: "previewsRequested")

  let fixture = JobFixture()
  var register: FailureRegister {
    let jobs = JobServices(objects: fixture.objects, publisher: fixture.bus, logger: fixture.services.logger)
    return FailureRegister(
      services: jobs, recorders: [PreviewFailures(services: fixture.services, requests: [Self.request])],
      bucket: "failures")
  }

  func giveUp(_ event: JSONValue) async throws {
    let record: JSONValue = .object([
      "requestContext": .object(["requestId": .string("r"), "approximateInvokeCount": .integer(3)]),
      "requestPayload": event, "responsePayload": .object(["errorMessage": .string("killed")]),
    ])
    try await register.record(record, requestID: "r")
  }

  func general() async throws -> [String] {
    try await fixture.objects.listAll(bucket: "failures", prefix: "").map(\.key)
  }

  func envelope(_ source: String, _ type: String, _ detail: JSONValue) -> JSONValue {
    .object(["source": .string(source), "detail-type": .string(type), "detail": detail])
  }

  func clip(of job: Job, start: Int, clips: Int) -> ClipEvent {
    ClipEvent(
      key: job.source.key, start: start, end: start + 9, length: 20, tsCreated: 0, etag: job.source.etag.value,
      clips: clips)
  }

  @Test("a clip that is given up fails its job once the others are there")
  func aClip() async throws {
    let job = try await fixture.upload("one")
    try await fixture.complete(job, start: 0, stills: 2)
    let entry = clip(of: job, start: 10, clips: 2).entry
    try await giveUp(envelope(entry.source, entry.detailType, entry.detail))
    let manifest = try #require(try await fixture.manifest(job))
    #expect(manifest.status == .failed)
    #expect(try await general() == [])
  }

  @Test("a clip of a version that was replaced changes nothing")
  func anOldClip() async throws {
    let entry = clip(of: try await fixture.upload("one"), start: 0, clips: 1).entry
    let job = try await fixture.upload("another")
    try await giveUp(envelope(entry.source, entry.detailType, entry.detail))
    #expect(try await fixture.manifest(job) == nil)
    #expect(try await general() == [])
  }

  @Test("an upload that is given up fails its job")
  func anUpload() async throws {
    let job = try await fixture.upload("one", as: "one.mp4")
    let s3: JSONValue = .object([
      "bucket": .object(["name": .string(JobFixture.buckets.source)]),
      "object": .object(["key": .string("one.mp4"), "eTag": .string(job.source.etag.value)]),
    ])
    try await giveUp(.object(["Records": .array([.object(["eventName": .string("ObjectCreated:Put"), "s3": s3])])]))
    let manifest = try #require(try await fixture.manifest(job))
    #expect(manifest.status == .failed)
    #expect(manifest.reason == "gave up after 3 attempts: killed")
    #expect(try await general() == [])
  }

  @Test("previews of another service's video that are given up fail their job, at the place that the event names")
  func aRequest() async throws {
    _ = try await fixture.objects.put([1], as: "a.mp4", in: "library")
    let address = PreviewAddress(
      key: "a.mp4", place: PreviewAddress.Place(source: "library", bucket: "cache", prefix: "previews/1/"))
    try await giveUp(envelope("zoetrope.library", "previewsRequested", .object(address.members)))
    let written = try await fixture.objects.listAll(bucket: "cache", prefix: "previews/1/").map(\.key)
    #expect(written.contains { $0.hasSuffix("manifest.json") })
    #expect(try await general() == [])
  }

  @Test("an event of another source changes no job, although it has the shape of a clip or of a request")
  func aForeignEvent() async throws {
    let job = try await fixture.upload("one")
    let detail = clip(of: job, start: 0, clips: 1).entry.detail
    let output = PreviewAddress(
      key: job.source.key,
      place: PreviewAddress.Place(source: JobFixture.buckets.source, bucket: JobFixture.buckets.output, prefix: "x/"))
    let before = try await fixture.outputs()
    for event in [
      envelope("elsewhere", "newVideoCreated", detail), envelope("custom.gifGenerator", "videoProcessed", detail),
      envelope("elsewhere", "previewsRequested", .object(output.members)), detail,
    ] {
      try await giveUp(event)
      #expect(try await general() == ["failures/r.json"])
      try await fixture.objects.delete(["failures/r.json"], in: "failures")
    }
    #expect(try await fixture.outputs() == before)
  }

  @Test("a clip's event that does not say which clip becomes a general document")
  func anUnreadableClip() async throws {
    try await giveUp(envelope("custom.gifGenerator", "newVideoCreated", .object(["key": .string("a.mp4")])))
    #expect(try await general() == ["failures/r.json"])
  }
}
