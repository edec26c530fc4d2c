import FoundationEssentials
import Core
import Testing

@Suite struct TimeTests {
  /// 21 November 2026 14:20:00 GMT
  private let date = Date(timeIntervalSince1970: 1_795_270_800)

  @Test("dates are written in ISO 8601")
  func formats() {
    #expect(date.iso8601() == "2026-11-21T14:20:00Z")
    #expect(date.iso8601(milliseconds: true) == "2026-11-21T14:20:00.000Z")
    #expect((date + 0.123).iso8601(milliseconds: true) == "2026-11-21T14:20:00.123Z")
    #expect((date + 0.999).iso8601() == "2026-11-21T14:20:00Z")
    #expect(Date(timeIntervalSince1970: 0).iso8601() == "1970-01-01T00:00:00Z")
  }

  @Test("no millisecond is lost in writing and reading")
  func everyMillisecond() {
    let wrong = (0..<1000).first { millisecond in
      let date = Date(millisecondsSince1970: 1_623_929_798_000 + Int64(millisecond))
      let text = date.iso8601(milliseconds: true)
      return date.millisecondsSince1970 != 1_623_929_798_000 + Int64(millisecond)
        || !text.hasSuffix(".\(String(1000 + millisecond).dropFirst())Z")
        || Date(iso8601: text)?.millisecondsSince1970 != date.millisecondsSince1970
    }
    #expect(wrong == nil)
  }

  @Test("dates are read in ISO 8601")
  func parsing() {
    #expect(Date(iso8601: "2026-11-21T14:20:00Z") == date)
    #expect(Date(iso8601: "2026-11-21T14:20:00.000Z") == date)
    #expect(Date(iso8601: "2026-11-21T14:20:00.5Z") == date + 0.5)
    #expect(Date(iso8601: "2026-11-21T15:20:00+01:00") == date)
    for text in ["", "now", "2026-11-21", "14:20:00Z", "2026-13-21T14:20:00Z", "1795270800"] {
      #expect(Date(iso8601: text) == nil)
    }
  }

  @Test("a fixed clock stands still, the system's goes on")
  func fixedClock() {
    #expect(WallClock.fixed(date).now() == date)
    let before = Date()
    let now = WallClock.system.now()
    #expect(before <= now && now <= Date())
  }

  @Test("request ids are version 4 UUIDs in lower case, never twice the same")
  func requestIDs() {
    let ids = Set((0..<1000).map { _ in RequestID.make() })
    #expect(ids.count == 1000)
    for id in ids {
      let groups = id.split(separator: "-", omittingEmptySubsequences: false)
      #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
      #expect(id.allSatisfy { "0123456789abcdef-".contains($0) })
      #expect(groups[2].first == "4" && "89ab".contains(groups[3].first!))
    }
  }
}
