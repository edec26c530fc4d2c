import S3Protocol
import Testing

@Suite struct S3ErrorTests {
  @Test(
    "the catalogue answers with S3's statuses",
    arguments: [
      (S3ErrorCode.noSuchKey, "NoSuchKey", 404), (.noSuchBucket, "NoSuchBucket", 404),
      (.preconditionFailed, "PreconditionFailed", 412), (.notModified, "NotModified", 304),
      (.invalidRange, "InvalidRange", 416), (.slowDown, "SlowDown", 503), (.internalError, "InternalError", 500),
      (.notImplemented, "NotImplemented", 501), (.badDigest, "BadDigest", 400), (.accessDenied, "AccessDenied", 403),
      (.invalidAccessKeyID, "InvalidAccessKeyId", 403), (.bucketNotEmpty, "BucketNotEmpty", 409),
      (.methodNotAllowed, "MethodNotAllowed", 405), (.missingContentLength, "MissingContentLength", 411),
      (.keyTooLong, "KeyTooLongError", 400), (.malformedXML, "MalformedXML", 400),
      (.contentSHA256Mismatch, "XAmzContentSHA256Mismatch", 400),
    ])
  func catalogue(code: S3ErrorCode, name: String, status: Int) {
    #expect(code.rawValue == name)
    #expect(code.httpStatus == status)
    #expect(S3Error(code).httpStatus == status)
    #expect(!code.defaultMessage.isEmpty)
  }

  @Test("errors of the service may be tried again")
  func retryable() {
    let retryable = S3ErrorCode.allCases.filter(\.isRetryable)
    #expect(
      Set(retryable) == [
        .conditionalRequestConflict, .internalError, .operationAborted, .requestTimeout, .serviceUnavailable, .slowDown,
      ])
    #expect(S3Error(code: "SomethingNew", message: "", httpStatus: 503).isRetryable)
    #expect(!S3Error(code: "SomethingNew", message: "", httpStatus: 403).isRetryable)
  }

  @Test("a sent error is the received one")
  func roundTrip() {
    var error = S3Error(
      .noSuchKey, resource: "/bucket/a<b>&\"c\".mp4", extra: ["Key": "a<b>&\"c\".mp4", "BucketName": "bucket"])
    error.requestID = "4442587FB7D0A2F9"
    let received = S3Error.decode(status: 404, body: error.xml())
    #expect(received == error)
    #expect(received.knownCode == .noSuchKey)
    #expect(received.description == "NoSuchKey: The specified key does not exist.")
  }

  @Test("the document as S3 writes it")
  func document() {
    var error = S3Error(
      .noSuchKey, message: "The resource you requested does not exist", resource: "/mybucket/myfoto.jpg")
    error.requestID = "4442587FB7D0A2F9"
    #expect(
      text(error.xml()) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <Error><Code>NoSuchKey</Code><Message>The resource you requested does not exist</Message>\
        <Resource>/mybucket/myfoto.jpg</Resource><RequestId>4442587FB7D0A2F9</RequestId></Error>
        """)
  }

  @Test(
    "an answer without an error document gets its code from the status",
    arguments: [
      (404, "NoSuchKey", false), (403, "AccessDenied", false), (304, "NotModified", false),
      (412, "PreconditionFailed", false), (416, "InvalidRange", false), (500, "InternalError", true),
      (502, "ServiceUnavailable", true), (503, "ServiceUnavailable", true), (504, "ServiceUnavailable", true),
      (429, "SlowDown", true), (501, "NotImplemented", false), (418, "HTTP418", false), (599, "HTTP599", true),
    ])
  func withoutDocument(status: Int, code: String, isRetryable: Bool) {
    for body in ["", "<html><body>Bad Gateway</body></html>", "<Error>", "not XML"] {
      let error = S3Error.decode(status: status, body: bytes(body), requestID: "id")
      #expect(error.code == code)
      #expect(error.httpStatus == status)
      #expect(error.isRetryable == isRetryable)
      #expect(error.requestID == "id")
    }
  }

  @Test("an error document with status 200 is an error all the same")
  func embedded() throws {
    let body = S3Error(.internalError, message: "We encountered an internal error.").xml()
    do {
      _ = try CompleteMultipartUploadResult.decode(body)
      Issue.record("the error was taken for a result")
    } catch {
      #expect(error.code == "InternalError")
      #expect(error.httpStatus == 500)
      #expect(error.isRetryable)
    }
  }
}
