import HTTPGateway
import HTTPTypes
import Testing

@Suite("Other origins")
struct CORSPolicyTests {
  @Test(
    "an origin is allowed by name, by a pattern, or with all others",
    arguments: [
      (["https://a.example"], "https://a.example", true), (["https://a.example"], "https://b.example", false),
      (["*"], "null", true), (["https://*"], "https://x", true), (["https://*"], "http://x", false),
      (["https://*.example"], "https://a.example", true), (["https://*.example"], "https://example", false),
      ([], "x", false),
    ] as [([String], String, Bool)])
  func originsMatch(_ allowed: [String], _ origin: String, _ isAllowed: Bool) {
    var fields = HTTPFields()
    CORSPolicy(allowOrigins: allowed).apply(to: &fields, origin: origin)
    #expect((fields[.accessControlAllowOrigin] != nil) == isAllowed)
  }

  @Test("what the function says is replaced")
  func whatTheFunctionSaysIsReplaced() {
    var fields: HTTPFields = [.accessControlAllowOrigin: "*", .accessControlAllowMethods: "PUT"]
    CORSPolicy(allowOrigins: ["https://a"], exposeHeaders: ["x"]).apply(to: &fields, origin: "https://a")
    #expect(fields[.accessControlAllowOrigin] == "https://a")
    #expect(fields[.accessControlAllowMethods] == nil)
    #expect(fields[.accessControlExposeHeaders] == "x")
    #expect(fields[.vary] == "Origin")
  }
}
