import WaveformDrawing
import Testing

@Suite struct PeakOutlineTests {
  private func outline(_ peaks: [String]) -> String? {
    PeakOutline.make(of: Array("{\"peaks\":[\(peaks.joined(separator: ","))],\"peaksPerSecond\":50}".utf8))
  }

  @Test("each digit is the loudest of its stretch beside the loudest of all")
  func digits() {
    var peaks = [String](repeating: "0.01", count: 480)
    peaks[0] = "0.25"
    peaks[479] = "0.5"
    peaks[245] = "0.1"
    #expect(outline(peaks) == "8" + String(repeating: "0", count: 23) + "3" + String(repeating: "0", count: 22) + "f")
  }

  @Test("a sound shorter than the outline is stretched")
  func short() {
    #expect(outline(["1", "0.2"]) == String(repeating: "f", count: 24) + String(repeating: "3", count: 24))
  }

  @Test("silence and no sound have none", arguments: [[], ["0"], ["0", "0", "0"]])
  func silent(peaks: [String]) { #expect(outline(peaks) == nil) }
}
