import Core
import MediaJobs
import ObjectStore
import Previews
import Testing

@Suite("Stored videos")
struct StoredVideosTests {
  private let fixture = JobFixture()
  private var videos: StoredVideos { StoredVideos(store: fixture.store, buckets: JobFixture.buckets) }

  private func described() async throws -> [StoredVideos.Video] {
    try await videos.describe(fixture.objects.listAll(bucket: JobFixture.buckets.source, prefix: ""))
  }

  /// Ends the job of one clip.
  private func end(_ job: Job) async throws {
    try await fixture.complete(job, start: 0, stills: 10)
    _ = try await fixture.services.completion.finish(job, clips: 1, requestID: "test")
  }

  @Test("a video is pending until a manifest of its present upload is there")
  func status() async throws {
    let job = try await fixture.upload("one")
    #expect(try await described().map(\.status) == ["pending"])
    try await end(job)
    let video = try #require(try await described().first)
    #expect(video.status == "complete")
    #expect(video.json["clips"]?.intValue == 1 && video.json["frames"]?.intValue == 10)
    _ = try await fixture.upload("another")
    #expect(try await described().map(\.status) == ["pending"])
  }

  @Test("keys that are no videos are left out, and the order stays")
  func order() async throws {
    for key in ["b.mp4", "a.mp4", "folder/", "c/d.mov"] {
      _ = try await fixture.objects.put([1], as: key, in: JobFixture.buckets.source)
    }
    #expect(try await described().map(\.source.key) == ["a.mp4", "b.mp4", "c/d.mov"])
  }

  @Test("a video is removed with all that was made of it, and of no other")
  func remove() async throws {
    let job = try await fixture.upload("one")
    try await end(job)
    let other = try await fixture.upload("two", as: "talks/keynote-2.mp4")
    try await end(other)
    let before = try await fixture.outputs()
    let others = before.filter { $0.hasPrefix("talks/keynote-2/") }
    #expect(try await videos.remove("talks/keynote.mp4") == before.count - others.count + 1)
    #expect(try await fixture.outputs() == others)
    #expect(try await videos.remove("talks/keynote.mp4") == 0)
  }
}
