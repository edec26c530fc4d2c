import Encodings
import SigV4
import Testing

/// Expected values computed with botocore 1.43.11 (S3SigV4Auth, SigV4Auth and their query forms) at a fixed time.
@Suite struct BotocoreTests {
  private let host = (name: "Host", value: "127.0.0.1:4566")

  private func signature(
    _ request: SignableRequest, _ payload: PayloadHash, by credentials: Credentials = example, service: String = "s3"
  ) -> String? {
    let signer = SigV4Signer(credentials: credentials, region: "eu-central-1", service: service)
    return SigV4Tests.signature(in: signer.headers(for: request, payload: payload, at: botocoreDate))
  }

  @Test("S3 encodes a key once and leaves its slashes and dots alone")
  func oddKey() {
    let request = SignableRequest(
      method: "GET", path: "/bucket/talks/day%201%20%28%C3%BCber%29%2B~%27x%27%21//../a.mp4", headers: [host])
    #expect(signature(request, .empty) == "620f8f4de475004072ad0970e01e961bbb7a1aaee7e3569946798d08c144e821")
    // The same key with what a URL may hold bare left bare, and with lower-case digits.
    var other = request
    other.path = "/bucket/talks/day%201%20(%c3%bcber)%2b~'x'!//../a.mp4"
    #expect(signature(other, .empty) == signature(request, .empty))
  }

  @Test("a request with metadata and body is signed as botocore signs it")
  func metadataAndBody() {
    let request = SignableRequest(
      method: "PUT", path: "/bucket/a.txt",
      headers: [
        host, ("x-amz-meta-title", "  two   spaces "), ("Content-Type", "text/plain"), ("User-Agent", "zoetrope"),
        ("Expect", "100-continue"), ("Connection", "keep-alive"), ("Transfer-Encoding", "chunked"),
        ("X-Amzn-Trace-Id", "Root=1-2-3"),
      ])
    #expect(
      signature(request, .of([UInt8]("hello".utf8)))
        == "edbfc8bd90bec79579cb5a4fc7bec8237f14442e69b30d2875681515ce9e5fcb")
  }

  @Test("a listing with a session token is signed as botocore signs it")
  func listingWithToken() {
    let request = SignableRequest(
      method: "GET", path: "/bucket",
      query: QueryString.parse("list-type=2&prefix=a%2Fb%20c%2B&delimiter=%2F&encoding-type=url"), headers: [host])
    #expect(
      signature(request, .empty, by: temporary) == "487b42aba5a24c445b2394acb7e8af9ca4709b26175441a98d4849cdd0140ff6")
  }

  @Test("other services encode the path a second time")
  func lambda() {
    let request = SignableRequest(
      method: "POST",
      path: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-central-1%3A000000000000%3Afunction%3ASnippets/invocations",
      headers: [host, ("X-Amz-Invocation-Type", "Event")])
    #expect(
      signature(request, .of([UInt8](#"{"a":1}"#.utf8)), service: "lambda")
        == "7ddd31129db428518337b146c23756e113b765c810d66a089a83c29692b5720d")
  }

  @Test("PutEvents is signed as botocore signs it")
  func events() {
    let request = SignableRequest(
      method: "POST", path: "/",
      headers: [host, ("X-Amz-Target", "AWSEvents.PutEvents"), ("Content-Type", "application/x-amz-json-1.1")])
    #expect(
      signature(request, .of([UInt8](#"{"Entries":[]}"#.utf8)), by: temporary, service: "events")
        == "d7fff961d0e19893d779c994e943fc84e510df2689bfd34de61160d2b2d49640")
  }

  @Test("a GET is presigned as botocore presigns it")
  func presigned() {
    let request = SignableRequest(
      method: "GET", path: "/bucket/talks/day%201.mp4", query: [("response-content-type", "video/mp4")],
      headers: [host])
    let signer = SigV4Signer(credentials: example, region: "eu-central-1", service: "s3")
    let query = signer.presignedQuery(for: request, expires: 3600, at: botocoreDate)
    #expect(query.hasSuffix("&X-Amz-Signature=ac97120a1eed0924363ccfc2798fa77613baf1d5e3232183dea471484e5d9ee6"))
    #expect(query.contains("response-content-type=video%2Fmp4"))
  }

  @Test("a PUT with token and headers is presigned as botocore presigns it")
  func presignedPutWithTokenAndHeaders() throws {
    let request = SignableRequest(
      method: "PUT", path: "/bucket/a%20b", headers: [host, ("x-amz-meta-a", "1"), ("Content-Type", "text/plain")])
    let signer = SigV4Signer(credentials: temporary, region: "eu-central-1", service: "s3")
    let query = signer.presignedQuery(for: request, expires: 60, at: botocoreDate)
    #expect(query.hasSuffix("&X-Amz-Signature=aa59afca95e0f814c36acf9c2d62d59d1e7417598b4c7c7131d375b9ffcbd214"))
    var received = request
    received.query = QueryString.parse(query)
    #expect(try verifier.verify(received, at: botocoreDate).signedHeaders == ["content-type", "host", "x-amz-meta-a"])
  }

  @Test("presigned for other services covers an empty body")
  func presignedLambda() {
    let request = SignableRequest(
      method: "GET", path: "/2015-03-31/functions/a%3Ab", query: [("Marker", "1")], headers: [host])
    let signer = SigV4Signer(credentials: example, region: "eu-central-1", service: "lambda")
    let query = signer.presignedQuery(for: request, expires: 60, at: botocoreDate)
    #expect(query.hasSuffix("&X-Amz-Signature=8dad90393615fb96d38492211171682ee304cb560f73a5cc15a4d5d5ec7c5bd3"))
  }
}
