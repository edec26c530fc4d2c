import S3Protocol
import Testing

@Suite struct NameTests {
  @Test(
    "names a bucket may have",
    arguments: [
      "abc", "zoetrope-source", "my.bucket.name", "1-2", "a.b", String(repeating: "a", count: 63), "1.2.3.4.5", "1.2.3",
      "256.1.1.1",
    ])
  func goodBuckets(name: String) throws {
    try BucketName.validate(name)
  }

  @Test(
    "names a bucket must not have",
    arguments: [
      "", "ab", String(repeating: "a", count: 64), "Bucket", "under_score", "-abc", "abc-", ".abc", "abc.", "a..b",
      "192.168.5.4", "xn--abc", "sthree-abc", "amzn-s3-demo-bucket", "abc-s3alias", "abc--ol-s3", "abc.mrap",
      "abc--x-s3", "abc--table-s3", "a/b", "../a", "a b", "bücket", "a\0b",
    ])
  func badBuckets(name: String) {
    #expect(code { () throws(S3Error) in try BucketName.validate(name) } == "InvalidBucketName")
  }

  @Test("a key is any text of 1 to 1,024 bytes without NUL")
  func keys() throws {
    for key in ["a", "/", "..", "a/../b", "ü", " ", "a\nb", String(repeating: "a", count: 1024)] {
      try ObjectKey.validate(key)
    }
    #expect(code { () throws(S3Error) in try ObjectKey.validate("") } == "InvalidArgument")
    #expect(code { () throws(S3Error) in try ObjectKey.validate("a\0") } == "InvalidArgument")
    #expect(
      code { () throws(S3Error) in try ObjectKey.validate(String(repeating: "a", count: 1025)) } == "KeyTooLongError")
    // 1,026 bytes in 342 characters.
    #expect(
      code { () throws(S3Error) in try ObjectKey.validate(String(repeating: "€", count: 342)) } == "KeyTooLongError")
  }

  @Test("keys are ordered and told apart by their bytes")
  func order() {
    let composed = "\u{E9}"
    let decomposed = "e\u{301}"
    #expect(composed == decomposed, "what the rules are there for")
    #expect(!ObjectKey.same(composed, decomposed))
    #expect(ObjectKey.precedes(decomposed, composed))
    #expect(!ObjectKey.hasPrefix("e\u{301}", "\u{E9}"))
    #expect(ObjectKey.hasPrefix("e\u{301}", "e"))
    #expect(ObjectKey.precedes("Z", "a"))
    #expect(ObjectKey.precedes("\u{FFFF}", "\u{10000}"), "UTF-8's order, not UTF-16's")
  }

  @Test("ETags are compared without their quotes")
  func etags() {
    #expect(ETag("\"abc\"") == ETag("abc"))
    #expect(ETag("\"abc\"").quoted == "\"abc\"")
    #expect(ETag("\"").value == "\"")
    #expect(ETag(md5: [UInt8](repeating: 0xAB, count: 16)).value == String(repeating: "ab", count: 16))
  }

  /// Part tags and result computed with Python's hashlib, as documented: md5(md5(part 1) + md5(part 2))-2.
  @Test("the ETag of parts is the digest of their digests")
  func multipartETags() {
    let parts = [ETag("5d41402abc4b2a76b9719d911017c592"), ETag("7d793037a0760186574b0282f2f435e7")]
    #expect(ETag.multipart(of: parts) == ETag("065947336a2f2a95ba8899f3675c3be6-2"))
    #expect(ETag.multipart(of: [parts[0], ETag("x")]) == nil)
    #expect(ETag.multipart(of: [parts[0], ETag("7d793037a0760186574b0282f2f435e7-2")]) == nil)
  }
}
