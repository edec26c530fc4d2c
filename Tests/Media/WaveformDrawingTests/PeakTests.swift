import Testing
import WaveformDrawing

@Suite struct PeakTests {
  @Test("the last window counts")
  func theLastWindowCounts() {
    var meter = PeakMeter(window: 4)
    var peaks: [Float] = []
    let values: [Float] = [0, -0.5, 0.25, 0, 0.1, 2, 0, 0, 0, -0.125]
    values.withUnsafeBufferPointer { all in
      meter.add(UnsafeBufferPointer(rebasing: all[..<3])) { peaks.append($0) }
      meter.add(UnsafeBufferPointer(rebasing: all[3...])) { peaks.append($0) }
    }
    meter.finish { peaks.append($0) }
    #expect(peaks == [0.5, 1, 0.125])
  }

  @Test(
    "peaks have four decimals at most",
    arguments: [(0, "0"), (1, "1"), (0.5, "0.5"), (0.12346, "0.1235"), (0.99999, "1"), (0.00004, "0"), (0.01, "0.01")]
      as [(Float, String)])
  func peaksHaveFourDecimals(_ peak: Float, _ expected: String) {
    var text: [UInt8] = []
    PeakDocument.append(peak, to: &text)
    #expect(String(decoding: text, as: UTF8.self) == expected)
  }
}
