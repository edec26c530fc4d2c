import Observability
import Testing

@Suite struct FunctionActivityTests {
  private let start: Int64 = 1_800_000_000_000
  private let bin = FunctionActivity.interval * 1000

  @Test("what ended is counted in its interval and in the totals")
  func counts() {
    var activity = FunctionActivity()
    activity.started(at: start)
    activity.ended(duration: 200, failed: false, wasRunning: true, at: start + 200)
    activity.started(at: start + bin)
    activity.ended(duration: 400, failed: true, wasRunning: true, at: start + bin + 400)
    #expect((activity.invocations, activity.errors, activity.duration, activity.longest) == (2, 1, 600, 400))
    let series = activity.series(3, at: start + bin)
    #expect(series.map(\.invocations) == [0, 1, 1])
    #expect(series.map(\.errors) == [0, 0, 1])
    #expect(series.map(\.longest) == [0, 200, 400])
  }

  @Test("what runs on counts as concurrent in every interval that it runs through")
  func concurrency() {
    var activity = FunctionActivity()
    activity.started(at: start)
    activity.started(at: start)
    activity.ended(duration: 1, failed: false, wasRunning: true, at: start + bin)
    #expect(activity.series(4, at: start + 3 * bin).map(\.concurrency) == [2, 2, 1, 1])
    #expect((activity.running, activity.mostRunning) == (1, 2))
  }

  @Test("between two runs nothing is concurrent")
  func pause() {
    var activity = FunctionActivity()
    for run in [0, 3] as [Int64] {
      activity.started(at: start + run * bin)
      activity.ended(duration: 1, failed: false, wasRunning: true, at: start + run * bin)
    }
    #expect(activity.series(4, at: start + 3 * bin).map(\.concurrency) == [1, 0, 0, 1])
  }

  @Test("one whose process never started did not run")
  func neverStarted() {
    var activity = FunctionActivity()
    activity.ended(duration: 0, failed: true, wasRunning: false, at: start)
    #expect((activity.running, activity.invocations, activity.errors) == (0, 1, 1))
  }

  @Test("an hour is kept, however long nothing happened")
  func bounded() {
    var activity = FunctionActivity()
    activity.started(at: start)
    let later = activity.series(FunctionActivity.count, at: start + 1_000_000 * bin)
    #expect(later.count == FunctionActivity.count)
    #expect(later.allSatisfy { $0.concurrency == 1 })
  }

  @Test("a clock that steps back counts in the present interval")
  func stepsBack() {
    var activity = FunctionActivity()
    activity.started(at: start)
    activity.ended(duration: 1, failed: false, wasRunning: true, at: start - 100 * bin)
    #expect(activity.series(1, at: start).map(\.invocations) == [1])
  }
}
