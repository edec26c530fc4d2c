import AdminServer
import FoundationEssentials
import Testing

@Suite struct AdminSessionTests {
  private let now = Date(timeIntervalSince1970: 1_800_000_000)
  private let session = AdminSession(token: "open sesame")

  private var pair: String { String(session.setCookie(at: now).prefix { $0 != ";" }) }

  @Test("what was set is good until its time is over")
  func lifetime() {
    #expect(session.isGood(pair, at: now))
    #expect(session.isGood("other=1; \(pair); third=2", at: now))
    #expect(session.isGood(pair, at: now.addingTimeInterval(AdminSession.lifetime - 1)))
    #expect(!session.isGood(pair, at: now.addingTimeInterval(AdminSession.lifetime)))
  }

  @Test("a cookie of another token, another time or another shape is not")
  func forged() {
    #expect(!AdminSession(token: "open barley").isGood(pair, at: now))
    let later = pair.replacing("1800043200", with: "1900043200")
    #expect(later != pair)
    #expect(!session.isGood(later, at: now))
    for text in ["", "zoetrope-session", "zoetrope-session=", "zoetrope-session=.", "zoetrope-session=1900000000."] {
      #expect(!session.isGood(text, at: now))
    }
  }

  @Test("scripts cannot read it and other sites' pages do not send it")
  func attributes() {
    #expect(session.setCookie(at: now).hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"))
  }
}
