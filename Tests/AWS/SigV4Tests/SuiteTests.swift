import Encodings
import FoundationEssentials
import SigV4
import Testing

@Suite struct SuiteTests {
  private static let credentials = Credentials(
    accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
  private static let date = Date(timeIntervalSince1970: 1_440_938_160)

  @Test("signs and verifies as AWS's test suite", arguments: SuiteCase.all)
  func vector(_ vector: SuiteCase) throws {
    var request = SignableRequest(
      method: vector.method, path: vector.path, query: QueryString.parse(vector.query),
      headers: [("Host", "example.amazonaws.com")] + vector.headers)
    let payload = PayloadHash.of([UInt8](vector.body.utf8))
    let signer = SigV4Signer(credentials: Self.credentials, region: "us-east-1", service: "service")
    let headers = signer.headers(for: request, payload: payload, at: Self.date)
    #expect(headers["x-amz-date"] == "20150830T123600Z")
    #expect(headers["x-amz-content-sha256"] == nil)
    #expect(signature(in: headers) == vector.signature)

    request.headers += headers
    let verified = try SigV4Verifier { _ in Self.credentials }.verify(request, body: payload, at: Self.date)
    #expect(verified.service == "service")
    #expect(verified.payload == payload)
  }

  @Test("a security token is signed too")
  func securityToken() {
    var credentials = Self.credentials
    credentials.sessionToken =
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRq"
      + "TflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75Y"
      + "U9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9K"
      + "SYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
    let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: "service")
    let request = SignableRequest(method: "POST", path: "/", headers: [("Host", "example.amazonaws.com")])
    #expect(
      signature(in: signer.headers(for: request, payload: .empty, at: Self.date))
        == "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead")
  }
}
