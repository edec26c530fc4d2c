import Testing
import Webhooks

@Suite("Signatures of webhooks")
struct WebhookSignatureTests {
  /// Key, message and signature are those of the scheme's reference libraries.
  @Test("are those of Standard Webhooks")
  func vector() throws {
    let signature = try WebhookSignature(secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    let headers = signature.headers(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
    #expect(headers.map(\.0) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
    #expect(
      headers.map(\.1) == [
        "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      ])
  }

  @Test("are one for each secret")
  func rotation() throws {
    let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", new = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
    func signature(_ secrets: String...) throws -> String? {
      try WebhookSignature(secrets: secrets).headers(id: "i", timestamp: 1, body: []).last?.1
    }
    #expect(try signature(old, new) == "\(signature(old) ?? "") \(signature(new) ?? "")")
    #expect(try signature(old) != signature(new))
  }

  @Test(
    "need a secret of the scheme's form, which no message repeats",
    arguments: ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_hidden!", "whsec_aGlkZGVu", "hidden"])
  func refused(secret: String) {
    let error = #expect(throws: WebhookSignature.Invalid.self) { try WebhookSignature(secrets: [secret]) }
    #expect(error?.message.contains("openssl rand") == true)
    #expect(error?.message.contains("hidden") == false && error?.message.contains("aGlkZGVu") == false)
  }
}
