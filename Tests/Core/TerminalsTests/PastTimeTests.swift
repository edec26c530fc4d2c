import Core
import FoundationEssentials
import Terminals
import Testing

@Suite struct PastTimeTests {
  private let now = Date(timeIntervalSince1970: 1_000_000)

  @Test(
    "a time is given by how long ago it was, or by its date",
    arguments: [
      ("90s", 999_910), ("10m", 999_400), ("1.5h", 994_600), ("2d", 827_200), ("0s", 1_000_000),
      ("1970-01-02T00:00:00Z", 86_400),
    ] as [(String, Double)])
  func times(_ text: String, seconds: Double) {
    #expect(PastTime.parse(text, now: now)?.timeIntervalSince1970 == seconds)
  }

  @Test("what is neither is refused", arguments: ["", "10", "m", "-3m", "10w", "infm", "nanm", "yesterday"])
  func refused(_ text: String) {
    #expect(PastTime.parse(text, now: now) == nil)
  }
}
