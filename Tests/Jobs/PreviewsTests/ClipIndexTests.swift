import EventBus
import Foundation
import ObjectStore
import Previews
import PreviewRendering
import Core
import S3Protocol
import Testing

@Suite("The clips' headers of a long video")
struct ClipIndexTests {
  /// Ten minutes of small pictures: an index that is worth avoiding.
  private static let video = Result { try makeVideo() }

  private static func makeVideo() throws -> [UInt8] {
    let file = FileManager.default.temporaryDirectory.appending(path: "clip-index-\(RequestID.make()).mp4")
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=600", "-pix_fmt",
      "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "100", file.path,
    ]
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return try [UInt8](Data(contentsOf: file))
  }

  /// A job for the video, cut into clips of ten seconds.
  private func cut(_ fixture: JobFixture) async throws -> (job: Job, clips: [ClipEvent]) {
    let key = "talks/long.mp4"
    _ = try await fixture.objects.put(Self.video.get(), as: key, in: JobFixture.buckets.source)
    let outcome = try await ClipPlanner(services: fixture.services).process(
      S3Notification(bucket: JobFixture.buckets.source, key: key, eventName: "ObjectCreated:Put"), requestID: "a")
    #expect(outcome.status == .announced)
    let clips = try fixture.bus.details(of: ClipEvent.detailType).map { try ClipEvent(json: $0) }
    return (try #require(try await fixture.services.currentJob(for: key)), clips)
  }

  private func pictures(_ job: Job, start: Int, _ fixture: JobFixture) async throws -> [[UInt8]] {
    let keys = [job.names.gif(start: start)] + (1...10).map { job.names.still(start: start, number: $0) }
    var all: [[UInt8]] = []
    for key in keys { all.append(try await fixture.objects.get(key, in: JobFixture.buckets.output).bytes) }
    return all
  }

  @Test("spare the clips most of the reading, change no picture, and may be missing")
  func clipsWithAndWithout() async throws {
    let fixture = JobFixture()
    let (job, clips) = try await cut(fixture)
    #expect(clips.count == 60)
    #expect(clips[0].index == nil && clips.dropFirst().allSatisfy { $0.index != nil })
    let key = job.names.index(of: job.version)
    let stored = try await fixture.objects.get(key, in: JobFixture.buckets.output)
    var end: Int64 = 0
    for part in clips.compactMap(\.index) {
      #expect(part.offset == end)
      end += part.size
    }
    #expect(end == stored.info.size)

    let clip = clips[7]
    var byHand = clip
    byHand.index = nil
    var beyond = clip
    beyond.index?.offset = stored.info.size
    var between = clip
    between.index?.offset += 1
    var seen: [(pictures: [[UInt8]], bytesRead: Int64)] = []
    for (event, isIndexed) in [(clip, true), (byHand, true), (beyond, true), (between, true), (clip, false)] {
      if !isIndexed { try await fixture.objects.delete(key, in: JobFixture.buckets.output) }
      let outcome = try await ClipProcessor(services: fixture.services).process(event, requestID: "b")
      #expect(outcome.status == .complete)
      let bytesRead = try await fixture.store.record(job, start: clip.start)?.timings.sourceBytes
      seen.append((try await pictures(job, start: clip.start, fixture), try #require(bytesRead)))
      // Or the clip would count as done.
      let record = job.names.record(of: job.version, start: clip.start)
      try await fixture.objects.delete(record, in: JobFixture.buckets.output)
    }
    #expect(seen.dropFirst().allSatisfy { $0.pictures == seen[0].pictures })
    #expect(seen.dropFirst().allSatisfy { $0.bytesRead > 3 * seen[0].bytesRead })
  }

  @Test("a clip right after the one before it reads still less, looks the same, and takes nothing of another video")
  func following() async throws {
    let fixture = JobFixture()
    let (job, clips) = try await cut(fixture)
    // Key frames come every four seconds: not at 50.
    let (before, clip) = (clips[4], clips[5])
    func render(_ clip: ClipEvent, by processor: ClipProcessor) async throws -> (pictures: [[UInt8]], bytes: Int64) {
      #expect(try await processor.process(clip, requestID: "b").status == .complete)
      let record = try #require(try await fixture.store.record(job, start: clip.start))
      try await fixture.objects.delete(
        job.names.record(of: job.version, start: clip.start), in: JobFixture.buckets.output)
      return (try await pictures(job, start: clip.start, fixture), try #require(record.timings.sourceBytes))
    }
    let alone = try await render(clip, by: ClipProcessor(services: fixture.services))
    let processor = ClipProcessor(services: fixture.services)
    _ = try await render(before, by: processor)
    let following = try await render(clip, by: processor)
    #expect(following.pictures == alone.pictures)
    #expect(following.bytes < alone.bytes, "\(following.bytes), alone \(alone.bytes)")

    _ = try await render(before, by: processor)
    var other = clip
    other.key = "talks/other.mp4"
    other.index = nil
    _ = try await fixture.objects.put(Self.video.get(), as: other.key, in: JobFixture.buckets.source)
    other.etag = try await fixture.services.currentJob(for: other.key)?.source.etag.value
    #expect(try await processor.process(other, requestID: "c").status == .complete)
  }

  @Test("go with the records of their version")
  func cleaning() async throws {
    let fixture = JobFixture()
    let (old, clips) = try await cut(fixture)
    _ = try await ClipProcessor(services: fixture.services).process(clips[1], requestID: "b")
    let new = try await fixture.upload("new", as: old.source.key)
    try await fixture.complete(new, start: 0, stills: 1)
    #expect(try await fixture.services.completion.finish(new, clips: 1, requestID: "c") == .finished)
    let left = try await fixture.outputs()
    #expect(left.filter { $0.hasPrefix(new.names.recordsPrefix) } == [new.names.record(of: new.version, start: 0)])
  }

  @Test("an index does not count as a clip")
  func doesNotCount() async throws {
    let fixture = JobFixture()
    let (job, _) = try await cut(fixture)
    #expect(try await fixture.services.completion.finish(job, clips: 1, requestID: "b") == .waiting)
  }

  @Test(
    "in an event that makes no sense are passed over",
    arguments: [
      "7", "[]", "[0]", "[0,1,2]", "[-1,5]", "[0,0]", "[0,-5]", "[0,3000000]", "[1e18,5]", "[0.5,5]", #"["0","5"]"#,
      "[9223372036854775807,9223372036854775807]", "null", "{}",
    ])
  func untrusted(index: String) throws {
    let text = #"{"key":"a.mp4","start":0,"end":29,"length":30,"index":\#(index)}"#
    #expect(try ClipEvent(json: JSON.decode(JSONValue.self, from: Array(text.utf8))).index == nil)
  }
}
