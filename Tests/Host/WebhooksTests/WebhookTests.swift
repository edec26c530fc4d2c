import Testing
import Webhooks

@Suite("Webhooks as they are described")
struct WebhookTests {
  private func problems(
    endpoint: String = "https://receiver.example/hook", headers: [(String, String)] = [], secrets: [String] = [],
    addresses: [String] = []
  ) -> [String] {
    do throws(WebhookProblems) {
      _ = try Webhook(
        name: "hook", arn: "arn", method: "POST", endpoint: endpoint, headers: headers, signingSecrets: secrets,
        allowedAddresses: addresses, rateLimit: 300)
      return []
    } catch {
      return error.problems.map(\.property)
    }
  }

  @Test("reach public hosts over TLS, and listed addresses without")
  func accepted() {
    #expect(problems() == [])
    #expect(problems(endpoint: "http://127.0.0.1:9000/hook", addresses: ["127.0.0.1"]) == [])
    #expect(problems(headers: [("X-Api-Key", "k"), ("Authorization", "Basic eDp5")]) == [])
  }

  @Test(
    "are refused if the address is none, or is plain HTTP without a list",
    arguments: [
      "", "receiver.example", "ftp://receiver.example/", "http://receiver.example/", "https://u:p@r.example/",
      "https://r.example/*/x",
    ])
  func refusedEndpoint(endpoint: String) {
    #expect(problems(endpoint: endpoint) == ["InvocationEndpoint"])
  }

  @Test("are refused for what only the sender may write, or for a header that would end early")
  func refusedHeaders() {
    for (name, value) in [
      ("Host", "x"), ("Content-Length", "1"), ("webhook-signature", "v1,x"), ("a b", "x"), ("", "x"),
      ("X", "a\r\nB: c"),
    ] {
      #expect(problems(headers: [(name, value)]) == ["ConnectionArn"])
    }
  }

  @Test("tell everything that is wrong at once")
  func everything() {
    #expect(
      problems(endpoint: "http://receiver.example/", secrets: ["x"], addresses: ["receiver.example"]) == [
        "Metadata.Zoetrope.AllowedAddresses", "ConnectionArn",
      ])
  }
}
