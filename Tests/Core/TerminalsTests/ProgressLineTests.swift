import Core
import FoundationEssentials
import Terminals
import Testing

@Suite struct ProgressLineTests {
  private let line = ProgressLine(
    label: "render", fraction: 0.25,
    details: ["clips 12/120", "stills 900/3600", "42.5 stills/s", "1:23:45"], secondsLeft: 3725)

  @Test("a line is shorter than the terminal is wide, and keeps the time left as long as it fits")
  func widths() {
    for width in 1...200 {
      let text = line.rendered(width: width)
      #expect(text.count < max(2, width), "\(width): \(text)")
      if width > 20 { #expect(text.hasSuffix("1:02:05 left"), "\(width): \(text)") }
      #expect(width < 5 || text.contains("25%"), "\(width): \(text)")
    }
  }

  @Test("the last details go first, and the bar shrinks before one goes")
  func priorities() {
    #expect(
      line.rendered(width: 200)
        == "render ▕███████░░░░░░░░░░░░░░░░░░░░░░░▏ 25% · clips 12/120 · stills 900/3600 · 42.5 stills/s · 1:23:45 · "
        + "1:02:05 left")
    #expect(
      line.rendered(width: 80) == "render ▕████░░░░░░░░░░░░░░▏ 25% · clips 12/120 · stills 900/3600 · 1:02:05 left")
    #expect(line.rendered(width: 40) == "render ▕██░░░░░░░░░▏ 25% · 1:02:05 left")
    #expect(line.rendered(width: 30) == "render 25% · 1:02:05 left")
    #expect(line.rendered(width: 10) == "25%")
  }

  @Test("without a known end there is no time left")
  func unknown() {
    let line = ProgressLine(label: "convert", fraction: 0, details: ["3.2 s of video"])
    #expect(!line.rendered(width: 80).contains("left"))
  }

  @Test("text from elsewhere cannot steer the terminal")
  func plain() {
    #expect(PlainText.line("a\u{1B}[2Jb\nc\u{9B}d\u{202E}e") == "a?[2Jb c?d?e")
    #expect(PlainText.line("grüße.mp4") == "grüße.mp4")
  }

  @Test("errors of Foundation say what the system said")
  func reasons() throws {
    let error = #expect(throws: (any Error).self) { try Data(contentsOf: URL(filePath: "/nowhere/at all")) }
    #expect(Reason.of(try #require(error)) == "No such file or directory")
    let broken = #expect(throws: (any Error).self) { try JSON.decode(JSONValue.self, from: Array(#"{"a": }"#.utf8)) }
    let text = Reason.of(try #require(broken))
    #expect(!text.contains("dataCorrupted") && !text.isEmpty)
  }
}
