import Core
import EventBus
import FoundationEssentials
import Logging
import MediaJobs
import ObjectStore
import S3Protocol
import Testing

@Suite("Job folder")
struct JobFolderTests {
  private let folder: JobFolder
  private let objects: FolderStore

  init() {
    objects = FolderStore(root: FileManager.default.temporaryDirectory.path + "/job-folder-" + RequestID.make())
    folder = JobFolder(objects: objects, bucket: "cache", prefix: "jobs/one/")
  }

  @Test("a job is created once and ends once, however many try")
  func oneWinner() async throws {
    let job = JobDocument(id: "one", kind: "test", createdAt: 1)
    #expect(try await folder.create(job))
    #expect(try await !folder.create(job))
    let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
      for worker in 0..<8 {
        group.addTask { try await folder.move(to: .ready, now: 2) { $0.result = .integer(Int64(worker)) } }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(winners == 1)
    #expect(try await folder.document()?.status == .ready)
    #expect(try await !folder.move(to: .failed, now: 3))
  }

  @Test("progress adds parts up, never reaches 100 before the end, and tells the seconds left")
  func progress() async throws {
    var job = JobDocument(id: "one", kind: "test", status: .processing, parts: 2, createdAt: 0)
    #expect(try await folder.create(job))
    #expect(try await folder.progress(of: job, now: 10).percent == 0)
    try await folder.put(PartRecord(done: 10, total: 10, isComplete: true, startedAt: 0, updatedAt: 1), part: 0)
    let half = try await folder.progress(of: job, now: 10_000)
    #expect(half == JobProgressReport(percent: 50, secondsLeft: 10))
    try await folder.put(PartRecord(done: 10, total: 10, isComplete: true, startedAt: 0, updatedAt: 1), part: 1)
    #expect(try await folder.progress(of: job, now: 10_000).percent == 99)
    job.status = .ready
    #expect(try await folder.progress(of: job, now: 10_000).percent == 100)
  }

  @Test("removing a job removes everything below it and nothing beside it")
  func remove() async throws {
    #expect(try await folder.create(JobDocument(id: "one", kind: "test", createdAt: 1)))
    try await folder.put(PartRecord(done: 0, total: 1, startedAt: 0, updatedAt: 0), part: 3)
    _ = try await objects.put([1], as: "jobs/other", in: "cache")
    try await folder.remove()
    #expect(try await objects.listAll(bucket: "cache", prefix: "").map(\.key) == ["jobs/other"])
  }
}
