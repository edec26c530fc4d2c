import Core
import FoundationEssentials
import MediaJobs
import MediaTypes
import Testing

/// Work ends before the platform's time-out where the file is what costs so much, and with a final error.
@Suite("Work budget")
struct WorkBudgetTests {
  private static let limit = WorkBudget.ProcessorLimit(seconds: 10, setting: "ClipCpuTimeLimit")

  @Test("CPU time above the limit is a final error that names the setting")
  func processor() throws {
    let budget = WorkBudget("rendering the clip", processor: Self.limit)
    #expect(budget.verdict(used: 10, elapsed: 10, left: 1000) == nil)
    let error = try #require(budget.verdict(used: 10.5, elapsed: 6, left: 1000))
    #expect(error.message == "rendering the clip takes more than 10 s of CPU time, the limit of ClipCpuTimeLimit")
    #expect(error.code == "BudgetExceeded" && !error.isRetryable)
  }

  @Test("shortly before the time-out, work that was kept busy has failed; work that waited is left to another try")
  func deadline() {
    let budget = WorkBudget("reading the video", deadline: Date())
    #expect(budget.verdict(used: 50, elapsed: 53, left: 7) == nil)
    #expect(budget.verdict(used: 50, elapsed: 55, left: 5)?.kind == .overBudget)
    #expect(budget.verdict(used: 30, elapsed: 55, left: 5) == nil)
    // A short time-out leaves a shorter margin.
    #expect(budget.verdict(used: 2, elapsed: 2, left: 1) == nil)
    #expect(budget.verdict(used: 2.5, elapsed: 2.5, left: 0.5)?.kind == .overBudget)
  }

  @Test("work that looks at its flag ends with the budget's error, whatever it makes of being ended")
  func cooperative() async {
    let retired = CancellationFlag()
    let budget = WorkBudget(
      "decoding", processor: .init(seconds: 0, setting: "Limit"), retire: { retired.cancel() })
    let error = await #expect(throws: MediaError.self) {
      try await budget.run(name: "busy") { cancellation in
        while !cancellation.isCancelled {}
        throw MediaError(.decodeFailed, "not a single picture could be decoded")
      }
    }
    #expect(error?.kind == .overBudget)
    #expect(!retired.isCancelled)
  }

  @Test("work that does not end is left behind, and the process is asked to end")
  func stuck() async {
    let retired = CancellationFlag()
    let released = CancellationFlag()
    let budget = WorkBudget(
      "opening", processor: .init(seconds: 0, setting: "Limit"), retire: { retired.cancel() })
    await #expect(throws: MediaError(.overBudget, "opening takes more than 0 s of CPU time, the limit of Limit")) {
      try await budget.run(name: "stuck") { _ in while !released.isCancelled {} }
    }
    released.cancel()
    #expect(retired.isCancelled)
  }

  @Test("work within its budget gives its value, and its own errors")
  func within() async throws {
    let budget = WorkBudget("decoding", processor: Self.limit)
    #expect(try await budget.run(name: "quick") { _ in 7 } == 7)
    await #expect(throws: MediaError(.decodeFailed, "broken")) {
      try await budget.run(name: "quick") { _ in throw MediaError(.decodeFailed, "broken") }
    }
  }
}
