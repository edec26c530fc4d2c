import FrameConversion
import Testing

@Suite("Halving planes")
struct PlaneHalverTests {
  @Test(
    "a quarter is half of a half, whatever the size",
    arguments: [(1, 1), (2, 3), (3, 2), (5, 7), (16, 4), (17, 5), (31, 33), (33, 6), (48, 47), (66, 18), (67, 19)])
  func quarter(width: Int, height: Int) {
    let stride = width + 5
    let input = (0..<stride * height).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ $0 >> 3) }
    let (halfWidth, halfHeight) = ((width + 1) / 2, (height + 1) / 2)
    let (quarterWidth, quarterHeight) = ((width + 3) / 4, (height + 3) / 4)
    let outputStride = halfWidth + 8
    var half = [UInt16](repeating: 0, count: outputStride * halfHeight + 8)
    var twice = half
    var once = half
    let halver = PlaneHalver()
    halver.halve(
      input, stride: stride, width: width, height: height, into: &half, outputStride: outputStride)
    halver.halve(
      half, stride: outputStride, width: halfWidth, height: halfHeight, into: &twice, outputStride: outputStride)
    halver.quarter(
      input, stride: stride, width: width, height: height, into: &once, outputStride: outputStride)
    for row in 0..<quarterHeight {
      let columns = row * outputStride..<row * outputStride + quarterWidth
      #expect(once[columns] == twice[columns], "row \(row)")
    }
  }
}
