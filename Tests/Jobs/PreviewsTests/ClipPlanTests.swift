import Previews
import Testing

@Suite("Clip plan")
struct ClipPlanTests {
  @Test(
    "a clip every snippet size, the last one as long as what is left",
    arguments: [
      (30.0, [0]), (30.02, [0, 30]), (29.97, [0]), (60.0, [0, 30]), (65.5, [0, 30, 60]), (0.04, [0]), (0.0004, [0]),
      (30.0004, [0]), (0.0, []),
    ] as [(Double, [Int])])
  func starts(length: Double, starts: [Int]) {
    #expect(ClipPlan(length: length, snippetSize: 30).starts == starts)
  }

  @Test("a last clip without a frame of its own that lasts hardly a frame is rounding, not video")
  func lastClipWithoutFrame() {
    #expect(ClipPlan(length: 30.02, snippetSize: 30, lastFrameTime: 29.98, frameRate: 24).starts == [0])
    // A last frame that stays on screen for long is video: the picture at these seconds is that frame.
    #expect(ClipPlan(length: 50, snippetSize: 30, lastFrameTime: 25, frameRate: 24).starts == [0, 30])
    #expect(ClipPlan(length: 30.04, snippetSize: 30, lastFrameTime: 30.0, frameRate: 24).starts == [0, 30])
  }

  @Test(
    "one still for each whole second of the clip",
    arguments: [
      (0, 29, 65.5, 30), (60, 89, 65.5, 6), (60, 89, 61.0, 1), (60, 89, 61.0005, 1), (60, 89, 61.01, 2),
      (0, 29, 0.0004, 1),
      (30, 59, 30, 0),
    ] as [(Int, Int, Double, Int)])
  func stills(start: Int, end: Int, length: Double, count: Int) {
    #expect(ClipPlan.stills(start: start, end: end, length: length) == count)
  }

  @Test("no second is lost between clips: the headline video has 10,323 stills in 345 clips")
  func headline() {
    let plan = ClipPlan(length: 10_323, snippetSize: 30)
    #expect(plan.starts.count == 345)
    #expect(plan.stills == 10_323)
    #expect(plan.end(ofClipAt: 2250) == 2279)
  }
}
