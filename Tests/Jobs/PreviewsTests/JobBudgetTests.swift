import Core
import MediaJobs
import MediaTypes
import Previews
import Testing

/// The clips of a job are bounded together, without a count that all workers share.
@Suite("Job budget")
struct JobBudgetTests {
  private static let limits = JobLimits(
    clipProcessorTime: 100, clipBytes: 1000, jobProcessorTime: 600, jobBytes: 4000, outputRatio: nil)

  private func record(_ start: Int, bytes: Int, milliseconds: Int = 0) -> ClipRecord {
    ClipRecord(
      start: start, end: start + 9, gif: "g", gifBytes: bytes, gifFrames: 1, frameBytes: [],
      timings: .init(startedAt: 0, finishedAt: 0, cpuMilliseconds: milliseconds))
  }

  @Test("the first clips cannot have exceeded it, so nothing is read for them")
  func firstClips() {
    let budget = JobBudget(Self.limits, size: 10, clips: 20)
    #expect(!budget.mayBeExceeded(before: 4))
    #expect(budget.mayBeExceeded(before: 5))
    #expect(JobBudget(JobLimits(clipBytes: nil), size: 10, clips: 20).mayBeExceeded(before: 0))
    let none = JobLimits(jobProcessorTime: nil, jobBytes: nil, outputRatio: nil)
    #expect(!JobBudget(none, size: 10, clips: 20).mayBeExceeded(before: 10_000))
  }

  @Test("a clip within its share is not looked at; one beyond it is, soon or at once")
  func shares() {
    let budget = JobBudget(Self.limits, size: 10, clips: 64)
    // A share is 62 bytes and 9,375 ms; every fourth clip is looked at more closely.
    #expect(!budget.isSuspicious(.init(bytes: 62, milliseconds: 9375), number: 3))
    #expect(budget.isSuspicious(.init(bytes: 63, milliseconds: 0), number: 3))
    #expect(!budget.isSuspicious(.init(bytes: 63, milliseconds: 0), number: 4))
    #expect(budget.isSuspicious(.init(bytes: 125, milliseconds: 0), number: 4))
    #expect(budget.isSuspicious(.init(bytes: 0, milliseconds: 20_000), number: 4))
  }

  @Test("the limit of bytes is the lower one of that of a job and that for its file, but never too low")
  func bytes() {
    let small = JobBudget(JobLimits(clipBytes: nil, jobBytes: 1 << 40, outputRatio: 64), size: 1, clips: 1)
    #expect(small.clipLimit?.bytes == 256 << 20)
    #expect(small.clipLimit?.setting == "MaxOutputRatio")
    let large = JobBudget(JobLimits(clipBytes: nil, jobBytes: 1 << 40, outputRatio: 64), size: 8 << 20, clips: 1)
    #expect(large.clipLimit?.bytes == 512 << 20)
    let absolute = JobBudget(JobLimits(clipBytes: nil, jobBytes: 1000, outputRatio: 64), size: .max, clips: 1)
    #expect(absolute.clipLimit?.setting == "JobMaxBytes")
  }

  @Test("clips that exceed it together end the job, with the setting's name, and the later ones are not rendered")
  func exceeded() async throws {
    let fixture = JobFixture()
    let job = try await fixture.upload("video")
    let budget = JobBudget(Self.limits, size: 5, clips: 8)
    for number in 0..<5 {
      let record = record(number * 10, bytes: 900)
      if number < 4 {
        try await budget.add(record.cost, job, in: fixture.store, number: number)
        try await fixture.store.put(record, of: job)
      } else {
        let error = await #expect(throws: MediaError.self) {
          try await budget.add(record.cost, job, in: fixture.store, number: number)
        }
        #expect(error?.kind == .overBudget)
        #expect(error?.message.contains("4000 bytes together, the limit of JobMaxBytes") == true)
      }
    }
    let later = await #expect(throws: MediaError.self) {
      try await budget.check(job, in: fixture.store, number: 7)
    }
    #expect(later?.message.contains("JobMaxBytes") == true)
    // Processing the video again has records, and a budget, of its own.
    let again = try await fixture.upload("video", run: "again")
    try await budget.check(again, in: fixture.store, number: 7)
  }

  @Test("processor time counts alike, that of failed clips too")
  func processorTime() async throws {
    let fixture = JobFixture()
    let job = try await fixture.upload("video")
    let budget = JobBudget(Self.limits, size: 5, clips: 10)
    for number in 0..<6 {
      try await fixture.store.put(
        ClipRecord(failed: "x", start: number * 10, end: number * 10 + 9, at: 0, cpuMilliseconds: 95_000), of: job)
    }
    let error = await #expect(throws: MediaError.self) {
      try await budget.add(.init(bytes: 0, milliseconds: 95_000), job, in: fixture.store, number: 6)
    }
    #expect(error?.message == "rendering the video takes more than 600 s of CPU time, the limit of JobCpuTimeLimit")
  }
}
