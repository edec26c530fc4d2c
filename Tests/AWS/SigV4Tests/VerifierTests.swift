import Encodings
import FoundationEssentials
import SigV4
import Testing

@Suite struct VerifierTests {
  private let put = SignableRequest(
    method: "PUT", path: "/bucket/a%20b.txt", query: [("partNumber", "1"), ("uploadId", "x+y/z=")],
    headers: [("host", "127.0.0.1:4566"), ("content-type", "text/plain"), ("x-amz-meta-title", "one  two")])

  private func tampered(_ request: SignableRequest, _ change: (inout SignableRequest) -> Void) -> SignableRequest {
    var request = request
    change(&request)
    return request
  }

  private func replacing(_ request: SignableRequest, _ header: String, _ value: String) -> SignableRequest {
    tampered(request) { request in
      for index in request.headers.indices where request.headers[index].name.lowercased() == header {
        request.headers[index].value = value
      }
    }
  }

  @Test("whatever of a signed request is changed, it is refused")
  func tampering() {
    let request = signed(put, payload: .of([1, 2, 3]))
    #expect(refusal(request) == nil)
    let changes: [(String, (inout SignableRequest) -> Void)] = [
      ("method", { $0.method = "DELETE" }),
      ("path", { $0.path = "/bucket/a%20c.txt" }),
      ("key's case", { $0.path = "/bucket/A%20b.txt" }),
      ("query value", { $0.query[0].value = "2" }),
      ("query name", { $0.query[0].name = "partnumber" }),
      ("query left out", { $0.query.removeLast() }),
      ("query added", { $0.query.append(("acl", nil)) }),
      ("host", { $0.headers[0].value = "elsewhere" }),
      ("content type", { $0.headers[1].value = "text/html" }),
      ("metadata", { $0.headers[2].value = "one three" }),
      ("header repeated", { $0.headers.append($0.headers[2]) }),
    ]
    for (what, change) in changes {
      #expect(refusal(tampered(request, change)) == "SignatureDoesNotMatch", "\(what)")
    }
    #expect(
      refusal(replacing(request, "x-amz-content-sha256", String(repeating: "0", count: 64)))
        == "SignatureDoesNotMatch")
    #expect(refusal(replacing(request, "x-amz-content-sha256", "UNSIGNED-PAYLOAD")) == "SignatureDoesNotMatch")
    #expect(refusal(replacing(request, "x-amz-date", "20130524T000001Z")) == "SignatureDoesNotMatch")
  }

  @Test("every digit of the signature counts")
  func signatureDigits() throws {
    let request = signed(put, payload: .unsigned)
    let authorization = try #require(request.headers["authorization"])
    for position in 1...64 {
      var characters = Array(authorization)
      let index = characters.count - position
      characters[index] = characters[index] == "0" ? "1" : "0"
      #expect(refusal(replacing(request, "authorization", String(characters))) == "SignatureDoesNotMatch")
    }
    #expect(refusal(replacing(request, "authorization", String(authorization.dropLast()))) == "SignatureDoesNotMatch")
    #expect(refusal(replacing(request, "authorization", authorization + "0")) == "SignatureDoesNotMatch")
  }

  @Test(
    "another region, service, day or list of headers is another signature",
    arguments: [
      ("us-east-1", "us-east-2"), ("/s3/", "/events/"), ("content-type;host", "host"),
    ])
  func scope(part: String, other: String) throws {
    let request = signed(put, payload: .of([]))
    let authorization = try #require(request.headers["authorization"])
    let changed = authorization.split(separator: part, maxSplits: 1).joined(separator: other)
    #expect(changed != authorization)
    #expect(refusal(replacing(request, "authorization", changed)) == "SignatureDoesNotMatch")
  }

  @Test("what clients may spell differently is the same request")
  func spelling() throws {
    let request = signed(put, payload: .unsigned)
    #expect(refusal(tampered(request) { $0.path = "/bucket/%61%20b.txt" }) == nil)
    #expect(refusal(tampered(request) { $0.query.reverse() }) == nil)
    #expect(refusal(tampered(request) { $0.headers.reverse() }) == nil)
    #expect(refusal(tampered(request) { $0.headers[2] = ("X-Amz-Meta-Title", " one two ") }) == nil)
    #expect(refusal(tampered(request) { $0.headers.append(("user-agent", "added by a proxy")) }) == nil)
    let authorization = try #require(request.headers["authorization"])
    #expect(
      refusal(replacing(request, "authorization", authorization.split(separator: ",").joined(separator: ", "))) == nil)
  }

  @Test("a header that was added and is not signed is refused")
  func unsignedHeader() {
    let request = tampered(signed(put, payload: .unsigned)) { $0.headers.append(("X-Amz-Acl", "public-read")) }
    #expect(failure(request)?.code == "AccessDenied")
    #expect(failure(request)?.details["HeadersNotSigned"] == "x-amz-acl")
    let url = tampered(presigned(put)) { $0.headers.append(("x-amz-tagging", "a=b")) }
    #expect(failure(url)?.details["HeadersNotSigned"] == "x-amz-tagging")
  }

  @Test("the host must be signed")
  func unsignedHost() throws {
    let request = signed(put, payload: .unsigned)
    let authorization = try #require(request.headers["authorization"])
    let changed = authorization.split(separator: "host;").joined()
    #expect(failure(replacing(request, "authorization", changed))?.details["HeadersNotSigned"] == "host")
  }

  @Test("a signed header that did not arrive is refused")
  func missingHeader() {
    let request = tampered(signed(put, payload: .unsigned)) { $0.headers.remove(at: 1) }
    #expect(refusal(request) == "SignatureDoesNotMatch")
  }

  @Test(
    "the clocks may differ by a quarter of an hour",
    arguments: [
      (-901, "RequestTimeTooSkewed"), (-900, nil), (0, nil), (900, nil), (901, "RequestTimeTooSkewed"),
    ])
  func skew(seconds: Int, code: String?) {
    #expect(refusal(signed(put, payload: .unsigned), at: exampleDate + Double(seconds)) == code)
  }

  @Test("an unknown key is refused")
  func unknownKey() {
    let stranger = Credentials(accessKeyID: "AKIASTRANGER", secretAccessKey: "x")
    #expect(refusal(signed(put, payload: .unsigned, by: stranger)) == "InvalidAccessKeyId")
    #expect(refusal(presigned(put, by: stranger)) == "InvalidAccessKeyId")
  }

  @Test("a wrong secret is refused")
  func wrongSecret() {
    let impostor = Credentials(accessKeyID: example.accessKeyID, secretAccessKey: example.secretAccessKey + "x")
    #expect(refusal(signed(put, payload: .unsigned, by: impostor)) == "SignatureDoesNotMatch")
    #expect(refusal(presigned(put, by: impostor)) == "SignatureDoesNotMatch")
  }

  @Test("a key id may contain slashes, as other stores have them")
  func slashedKey() throws {
    let odd = Credentials(accessKeyID: "team/reader", secretAccessKey: "secret")
    let verified = try SigV4Verifier { $0 == odd.accessKeyID ? odd : nil }
      .verify(signed(put, payload: .unsigned, by: odd), at: exampleDate)
    #expect(verified.accessKeyID == "team/reader")
  }

  @Test("temporary credentials are good with their token only")
  func tokens() {
    let request = signed(put, payload: .unsigned, by: temporary)
    #expect(refusal(request) == nil)
    #expect(refusal(presigned(put, by: temporary)) == nil)
    #expect(refusal(replacing(request, "x-amz-security-token", "another")) == "InvalidToken")
    #expect(
      refusal(tampered(request) { $0.headers.removeAll { $0.name == "x-amz-security-token" } }) == "InvalidAccessKeyId")
    var forged = example
    forged.sessionToken = "made up"
    #expect(refusal(signed(put, payload: .unsigned, by: forged)) == "InvalidToken")
    #expect(refusal(presigned(put, by: forged)) == "InvalidToken")
  }

  @Test("a request without a signature is refused")
  func noSignatureAtAll() {
    #expect(failure(put)?.code == "AccessDenied")
    #expect(failure(put)?.message == "Access Denied")
    #expect(failure(put)?.httpStatus == 403)
  }

  @Test("two signatures are one too many")
  func twoMechanisms() {
    var request = signed(put, payload: .unsigned)
    request.query += presigned(put).query
    #expect(refusal(request) == "InvalidArgument")
  }

  @Test(
    "other kinds of authorization are named in the refusal",
    arguments: [
      ("AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=", "InvalidRequest", "AWS4-HMAC-SHA256"),
      ("AWS4-ECDSA-P256-SHA256 Credential=A/20130524/s3/aws4_request, Signature=00", "InvalidRequest", "SigV4A"),
      ("Bearer abc", "InvalidArgument", "Unsupported Authorization Type"),
      ("", "InvalidArgument", "Unsupported Authorization Type"),
    ])
  func otherAuthorization(value: String, code: String, words: String) {
    var request = put
    request.headers.append(("Authorization", value))
    #expect(failure(request)?.code == code)
    #expect(failure(request)?.message.contains(words) == true)
  }

  @Test("other forms of authorization in the query are refused")
  func otherQueryAuthorization() {
    var request = put
    request.query = QueryString.parse("AWSAccessKeyId=A&Signature=B&Expires=1")
    #expect(refusal(request) == "InvalidRequest")
    request.query = QueryString.parse("X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Signature=00")
    #expect(failure(request)?.message.contains("SigV4A") == true)
  }

  @Test(
    "an authorization header that cannot be read",
    arguments: [
      "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential", "AWS4-HMAC-SHA256 =,=,=",
      "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws4_request,SignedHeaders=host",
      "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3,SignedHeaders=host,Signature=0",
      "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws5_request,SignedHeaders=host,Signature=0",
      "AWS4-HMAC-SHA256 Credential=/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0",
      "AWS4-HMAC-SHA256 Credential=A/20130525/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0",
      "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws4_request,SignedHeaders=,Signature=0",
      "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws4_request,SignedHeaders=Host,Signature=0",
      "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;host,Signature=0",
      "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0,Signature=1",
      "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0,More=1",
    ])
  func malformedHeader(value: String) {
    var request = put
    request.headers += [("x-amz-date", "20130524T000000Z"), ("authorization", value)]
    #expect(failure(request)?.code == "AuthorizationHeaderMalformed")
    #expect(failure(request)?.httpStatus == 400)
  }

  @Test(
    "a date that is missing or not of the one form",
    arguments: [
      nil, "", "20130524", "2013-05-24T00:00:00Z", "20130524T000000", "20130524T000000z", "20130524T250000Z",
      "20131324T000000Z", "20130524T0000000", "Fri, 24 May 2013 00:00:00 GMT", "+0130524T000000Z",
    ])
  func badDate(value: String?) {
    var request = signed(put, payload: .unsigned)
    request.headers.removeAll { $0.name == "x-amz-date" }
    if let value { request.headers.append(("x-amz-date", value)) }
    #expect(refusal(request) == "AccessDenied")
  }

  @Test(
    "S3 wants the body's hash, of a known form",
    arguments: [
      (nil, "InvalidRequest"), ("", "InvalidArgument"), ("abc", "InvalidArgument"),
      (String(repeating: "g", count: 64), "InvalidArgument"), (String(repeating: "A", count: 64), "InvalidArgument"),
      ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "InvalidArgument"), ("unsigned-payload", "InvalidArgument"),
    ])
  func badContentHash(value: String?, code: String) {
    var request = signed(put, payload: .unsigned)
    request.headers.removeAll { $0.name == "x-amz-content-sha256" }
    if let value { request.headers.append(("x-amz-content-sha256", value)) }
    #expect(refusal(request) == code)
  }

  @Test("the body is compared where it is there already")
  func bodies() throws {
    let invoke = SignableRequest(method: "POST", path: "/2015-03-31/functions/f/invocations", headers: [("host", "h")])
    let request = signed(invoke, payload: .of([1]), service: "lambda")
    #expect(refusal(request, body: .of([1])) == nil)
    #expect(refusal(request, body: .of([2])) == "SignatureDoesNotMatch")
    #expect(refusal(request) == "SignatureDoesNotMatch")
    // Some clients do send the hash to other services too.
    let withHash = SignableRequest(
      method: "POST", path: "/",
      headers: [("host", "h"), ("x-amz-content-sha256", PayloadHash.of([1]).headerValue)])
    let hashed = signed(withHash, payload: .of([1]), service: "events")
    #expect(refusal(hashed, body: .of([1])) == nil)
    #expect(refusal(hashed, body: .of([2])) == "XAmzContentSHA256Mismatch")
    var unsigned = withHash
    unsigned.headers[1].value = "UNSIGNED-PAYLOAD"
    #expect(refusal(signed(unsigned, payload: .unsigned, service: "events"), body: .of([1])) == "InvalidArgument")
    let object = signed(put, payload: .of([1]))
    #expect(try verifier.verify(object, at: exampleDate).payload == .of([1]))
    #expect(refusal(object, body: .of([2])) == "XAmzContentSHA256Mismatch")
  }

  @Test("tells services apart before anything is verified")
  func claimedScope() {
    let scope = SigV4Verifier.claimedScope(of: signed(put, payload: .empty, region: "eu-west-1", service: "events"))
    #expect(scope?.service == "events")
    #expect(scope?.region == "eu-west-1")
    #expect(SigV4Verifier.claimedScope(of: presigned(put, service: "lambda"))?.service == "lambda")
    #expect(SigV4Verifier.claimedScope(of: put) == nil)
  }

  @Test("nothing prints a secret")
  func secrets() {
    var text = "\(temporary) \(String(reflecting: temporary)) "
    dump(temporary, to: &text)
    #expect(!text.contains(temporary.secretAccessKey))
    #expect(!text.contains("token"))
    #expect(text.contains(temporary.accessKeyID))
  }
}
