import Encodings
import FoundationEssentials
import SigV4
import Testing

/// The worked examples of the S3 API reference:
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and sigv4-query-string-auth.html
@Suite struct S3ExampleTests {
  private let host = (name: "Host", value: "examplebucket.s3.amazonaws.com")
  private let signer = SigV4Signer(credentials: example, region: "us-east-1", service: "s3")

  @Test("the documented GetObject is signed")
  func getObject() throws {
    let request = SignableRequest(method: "GET", path: "/test.txt", headers: [host, ("Range", "bytes=0-9")])
    let headers = signer.headers(for: request, payload: .empty, at: exampleDate)
    #expect(
      headers["Authorization"] == """
        AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
        SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
        Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41
        """)
    #expect(headers["x-amz-content-sha256"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(headers["x-amz-date"] == "20130524T000000Z")
    #expect(refusal(signed(request, payload: .empty)) == nil)
  }

  @Test("the documented PutObject is signed")
  func putObject() throws {
    let request = SignableRequest(
      method: "PUT", path: "/test%24file.text",
      headers: [host, ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")])
    let payload = PayloadHash.of([UInt8]("Welcome to Amazon S3.".utf8))
    #expect(payload == .sha256(hex: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"))
    let headers = signer.headers(for: request, payload: payload, at: exampleDate)
    #expect(signature(in: headers) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")

    // The example's own text has the path bare: both spellings of it are one request.
    var bare = request
    bare.path = "/test$file.text"
    #expect(signature(in: signer.headers(for: bare, payload: payload, at: exampleDate)) == signature(in: headers))
  }

  @Test(
    "a parameter without value, and two of them",
    arguments: [
      ("lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
      ("max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
      ("prefix=J&max-keys=2", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ])
  func bucketRequests(query: String, expected: String) {
    let request = SignableRequest(method: "GET", path: "/", query: QueryString.parse(query), headers: [host])
    #expect(signature(in: signer.headers(for: request, payload: .empty, at: exampleDate)) == expected)
    #expect(refusal(signed(request, payload: .empty)) == nil)
  }

  @Test("the documented GET is presigned")
  func presignedGet() throws {
    let request = SignableRequest(method: "GET", path: "/test.txt", headers: [host])
    let query = signer.presignedQuery(for: request, expires: 86_400, at: exampleDate)
    #expect(
      query == """
        X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z\
        &X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
        """)
    var received = request
    received.query = QueryString.parse(query)
    let verified = try verifier.verify(received, at: exampleDate + 86_400)
    #expect(verified.isPresigned)
    #expect(verified.payload == .unsigned)
    #expect(verified.accessKeyID == example.accessKeyID)
    #expect(verified.region == "us-east-1" && verified.service == "s3" && verified.date == "20130524")
    #expect(verified.signedHeaders == ["host"])
    #expect(verified.chunks == nil)
  }
}
