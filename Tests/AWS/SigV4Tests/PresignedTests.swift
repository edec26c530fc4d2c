import FoundationEssentials
import SigV4
import Testing

@Suite struct PresignedTests {
  private let get = SignableRequest(
    method: "GET", path: "/bucket/talks/day%201.mp4", query: [("response-content-type", "video/mp4")],
    headers: [("host", "127.0.0.1:4566")])

  @Test(
    "holds from a quarter of an hour before its date until it expires",
    arguments: [
      (-901, "Request is not yet valid"), (-900, nil), (0, nil), (60, nil), (61, "Request has expired"),
    ])
  func validity(seconds: Int, message: String?) {
    let found = failure(presigned(get, expires: 60), at: exampleDate + Double(seconds))
    #expect(found?.message == message)
    #expect(found?.code == (message == nil ? nil : "AccessDenied"))
  }

  @Test("the error of an expired request tells the times")
  func expiryTellsTheTimes() {
    let found = failure(presigned(get, expires: 60), at: exampleDate + 3600)
    #expect(found?.details["Expires"] == "2013-05-24T00:01:00Z")
    #expect(found?.details["ServerTime"] == "2013-05-24T01:00:00Z")
    #expect(found?.details["X-Amz-Expires"] == "60")
  }

  @Test("the time to live is held within what AWS allows", arguments: [(0, "1"), (604_801, "604800"), (7, "7")])
  func clamped(expires: Int, written: String) {
    let query = presigned(get, expires: expires).query
    #expect(query.contains { $0.name == "X-Amz-Expires" && $0.value == written })
  }

  @Test("whatever is changed, it is refused")
  func tampering() {
    let request = presigned(get)
    #expect(refusal(request) == nil)
    let changes: [(inout SignableRequest) -> Void] = [
      { $0.method = "PUT" }, { $0.path = "/bucket/talks/day%202.mp4" }, { $0.headers[0].value = "elsewhere" },
      { $0.query.append(("versionId", "1")) },
      { request in request.query.removeAll { $0.name == "response-content-type" } },
      Self.setting("X-Amz-Expires", "604800"), Self.setting("X-Amz-Date", "20130524T000001Z"),
      Self.setting("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-2/s3/aws4_request"),
      Self.setting("X-Amz-Signature", String(repeating: "0", count: 64)), Self.setting("X-Amz-Signature", ""),
    ]
    for change in changes {
      var changed = request
      change(&changed)
      #expect(refusal(changed) == "SignatureDoesNotMatch")
    }
  }

  @Test("HEAD by a URL for GET is another request")
  func head() {
    var request = presigned(get)
    request.method = "HEAD"
    #expect(refusal(request) == "SignatureDoesNotMatch")
  }

  @Test(
    "parameters that are missing",
    arguments: [
      "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
    ])
  func missing(name: String) {
    var request = presigned(get)
    request.query.removeAll { $0.name == name }
    #expect(refusal(request) == "AuthorizationQueryParametersError")
  }

  @Test(
    "parameters that cannot be read",
    arguments: [
      ("X-Amz-Algorithm", "AWS4-HMAC-SHA1"), ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE"),
      ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130525/us-east-1/s3/aws4_request"), ("X-Amz-Date", "yesterday"),
      ("X-Amz-Expires", "soon"), ("X-Amz-Expires", "-1"), ("X-Amz-Expires", "604801"), ("X-Amz-Expires", ""),
      ("X-Amz-Expires", "99999999999999999999"), ("X-Amz-SignedHeaders", ""), ("X-Amz-SignedHeaders", "Host"),
    ])
  func malformed(name: String, value: String) {
    var request = presigned(get)
    Self.setting(name, value)(&request)
    #expect(refusal(request) == "AuthorizationQueryParametersError")
  }

  @Test("a parameter given twice is refused")
  func twice() {
    var request = presigned(get)
    request.query.append(("X-Amz-Expires", "604800"))
    #expect(refusal(request) == "AuthorizationQueryParametersError")
  }

  @Test("a URL may say itself that it does not cover the body, as some presigners write it")
  func namedPayload() {
    var put = get
    put.method = "PUT"
    put.query = [("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")]
    #expect(refusal(presigned(put)) == nil)
    put.query = [("X-Amz-Content-Sha256", PayloadHash.of([1]).headerValue)]
    #expect(refusal(presigned(put)) == "SignatureDoesNotMatch")
  }

  private static func setting(_ name: String, _ value: String) -> (inout SignableRequest) -> Void {
    { request in
      for index in request.query.indices where request.query[index].name == name { request.query[index].value = value }
    }
  }
}
