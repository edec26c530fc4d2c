import Encodings
import Checksums
import FoundationEssentials
import SigV4
import Testing

@Suite struct PostPolicyTests {
  /// 29 December 2015 00:00:00 GMT
  private static let date = Date(timeIntervalSince1970: 1_451_347_200)

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
  private static let documented = #"""
    { "expiration": "2015-12-30T12:00:00.000Z",
      "conditions": [
        {"bucket": "sigv4examplebucket"},
        ["starts-with", "$key", "user/user1/"],
        {"acl": "public-read"},
        {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
        ["starts-with", "$Content-Type", "image/"],
        {"x-amz-meta-uuid": "14365123651274"},
        {"x-amz-server-side-encryption": "AES256"},
        ["starts-with", "$x-amz-meta-tag", ""],

        {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
        {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
        {"x-amz-date": "20151229T000000Z" }
      ]
    }
    """#

  private static let fields: [(name: String, value: String)] = [
    ("key", "user/user1/photo.jpg"), ("acl", "public-read"),
    ("success_action_redirect", "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"),
    ("Content-Type", "image/jpeg"), ("x-amz-meta-uuid", "14365123651274"),
    ("x-amz-server-side-encryption", "AES256"),
    ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
    ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Date", "20151229T000000Z"), ("x-amz-meta-tag", ""),
  ]

  /// The form with a policy and its signature.
  private static func form(
    _ policy: String, _ fields: [(name: String, value: String)] = fields, by credentials: Credentials = example
  ) -> [(name: String, value: String)] {
    let document = Base64.encode([UInt8](policy.utf8))
    var key = [UInt8]("AWS4\(credentials.secretAccessKey)".utf8)
    for part in ["20151229", "us-east-1", "s3", "aws4_request"] {
      key = Digest.hmacSHA256(key: key, [UInt8](part.utf8))
    }
    let signature = Digest.hmacSHA256(key: key, [UInt8](document.utf8)).hexString
    return fields + [("Policy", document), ("X-Amz-Signature", signature)]
  }

  private static func refusal(
    _ form: [(name: String, value: String)], bucket: String = "sigv4examplebucket", at now: Date = date
  ) -> SigV4Error? {
    do {
      _ = try verifier.verifyPost(fields: form, bucket: bucket, at: now)
      return nil
    } catch {
      return error
    }
  }

  private static func changing(
    _ form: [(name: String, value: String)], _ name: String, _ value: String?
  ) -> [(name: String, value: String)] {
    form.filter { $0.name.lowercased() != name } + (value.map { [(name, $0)] } ?? [])
  }

  /// `conditions` besides those every form here needs.
  private static func policy(_ conditions: String) -> String {
    """
    {"expiration": "2015-12-30T12:00:00Z", "conditions": [["starts-with", "$x-amz-credential", ""],
    ["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-date", ""], \(conditions)]}
    """
  }

  private static func short(_ more: [(name: String, value: String)] = []) -> [(name: String, value: String)] {
    fields.filter { $0.name.hasPrefix("X-Amz-") } + [("key", "a")] + more
  }

  @Test("the documented example, signature included")
  func documentedExample() throws {
    // The documented signature is over the text with CR LF line ends.
    let lines = Self.documented.split(separator: "\n", omittingEmptySubsequences: false)
    let form = Self.form(lines.joined(separator: "\r\n"))
    #expect(
      form["x-amz-signature"] == "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e")
    let (accessKeyID, verified) = try verifier.verifyPost(fields: form, bucket: "sigv4examplebucket", at: Self.date)
    #expect(accessKeyID == example.accessKeyID)
    #expect(verified.expiration == Date(timeIntervalSince1970: 1_451_476_800))
    #expect(verified.contentLengthRange == nil)
  }

  @Test(
    "every field is held against its condition",
    arguments: [
      ("key", "user/user2/photo.jpg"), ("key", nil), ("acl", "private"), ("acl", nil), ("content-type", "text/html"),
      ("content-type", "image/png, text/html"), ("x-amz-meta-uuid", "1"), ("success_action_redirect", "http://evil"),
    ])
  func conditions(name: String, value: String?) {
    let found = Self.refusal(Self.changing(Self.form(Self.documented), name, value))
    #expect(found?.code == "AccessDenied")
    #expect(found?.message.hasPrefix("Invalid according to Policy: Policy Condition failed: ") == true)
  }

  @Test("each of a list of content types must be allowed")
  func listOfContentTypes() {
    #expect(Self.refusal(Self.changing(Self.form(Self.documented), "content-type", "image/png, image/gif")) == nil)
  }

  @Test("a policy is for its bucket")
  func anotherBucket() {
    #expect(Self.refusal(Self.form(Self.documented), bucket: "other")?.code == "AccessDenied")
  }

  @Test("a policy expires")
  func expiration() {
    let form = Self.form(Self.documented)
    #expect(Self.refusal(form, at: Self.date + 129_599) == nil)
    #expect(Self.refusal(form, at: Self.date + 129_600)?.message == "Invalid according to Policy: Policy expired.")
  }

  @Test("fields that no condition names")
  func extraFields() {
    let form = Self.form(Self.documented)
    #expect(
      Self.refusal(form + [("x-amz-meta-evil", "1"), ("tagging", "x")])?.message
        == "Invalid according to Policy: Extra input fields: tagging, x-amz-meta-evil")
    #expect(Self.refusal(form + [("x-ignore-me", "1"), ("file", "")]) == nil)
  }

  @Test("a changed policy or signature, or another's key")
  func tampering() throws {
    let form = Self.form(Self.documented)
    let wider = Base64.encode([UInt8](Self.policy(#"["starts-with", "$key", ""]"#).utf8))
    #expect(Self.refusal(Self.changing(form, "policy", wider))?.code == "SignatureDoesNotMatch")
    #expect(
      Self.refusal(Self.changing(form, "x-amz-signature", String(repeating: "0", count: 64)))?.code
        == "SignatureDoesNotMatch")
    let impostor = Credentials(accessKeyID: example.accessKeyID, secretAccessKey: "guessed")
    #expect(Self.refusal(Self.form(Self.documented, by: impostor))?.code == "SignatureDoesNotMatch")
    let stranger = "AKIASTRANGER/20151229/us-east-1/s3/aws4_request"
    #expect(Self.refusal(Self.changing(form, "x-amz-credential", stranger))?.code == "InvalidAccessKeyId")
    #expect(Self.refusal(form + [("x-amz-security-token", "made up")])?.code == "InvalidToken")
  }

  @Test(
    "forms that lack what a signature needs",
    arguments: [
      ("policy", nil, "AccessDenied"), ("x-amz-algorithm", nil, "AccessDenied"),
      ("x-amz-algorithm", "AWS4-HMAC-SHA1", "InvalidArgument"),
      ("x-amz-algorithm", "AWS4-ECDSA-P256-SHA256", "InvalidRequest"), ("x-amz-credential", nil, "InvalidArgument"),
      ("x-amz-credential", "A", "InvalidArgument"), ("x-amz-date", nil, "InvalidArgument"),
      ("x-amz-date", "20151230T000000Z", "InvalidArgument"), ("x-amz-signature", nil, "InvalidArgument"),
    ])
  func malformedForms(name: String, value: String?, code: String) {
    #expect(Self.refusal(Self.changing(Self.form(Self.documented), name, value))?.code == code)
  }

  @Test("a field that is given twice is refused")
  func fieldsGivenTwice() {
    #expect(Self.refusal(Self.form(Self.documented) + [("KEY", "user/user1/b")])?.code == "InvalidArgument")
  }

  @Test(
    "how large the file may be",
    arguments: [
      (#"["content-length-range", 1, 10]"#, 1...10), (#"["content-length-range", "0", "10"]"#, 0...10),
      (#"["content-length-range", 1, 10], ["content-length-range", 5, 20]"#, 5...10),
    ])
  func contentLength(condition: String, range: ClosedRange<Int64>) throws {
    let form = Self.form(Self.policy(#"["eq", "$key", "a"], \#(condition)"#), Self.short())
    let (_, policy) = try verifier.verifyPost(fields: form, bucket: "b", at: Self.date)
    #expect(policy.contentLengthRange == range)
  }

  @Test(
    "policies that cannot be read",
    arguments: [
      "", "{", "[]", "{}", #"{"expiration": "2015-12-30T12:00:00Z"}"#, #"{"conditions": []}"#,
      #"{"expiration": "tomorrow", "conditions": []}"#, #"{"expiration": 1, "conditions": []}"#,
      policy(#"["eq", "key", "a"]"#), policy(#"["eq", "$key"]"#), policy(#"["eq", "$key", "a", "b"]"#),
      policy(#"["ends-with", "$key", "a"]"#), policy(#"{"key": "a", "acl": "b"}"#), policy("{}"), policy("1"),
      policy(#"["content-length-range", 10, 1]"#), policy(#"["content-length-range", -1, 1]"#),
      policy(#"["content-length-range", "a", "b"]"#),
    ])
  func malformedPolicies(text: String) {
    #expect(Self.refusal(Self.form(text, Self.short()))?.code == "InvalidPolicyDocument")
  }

  @Test("a policy that is not Base64 is refused")
  func policyThatIsNotBase64() {
    var key = [UInt8]("AWS4\(example.secretAccessKey)".utf8)
    for part in ["20151229", "us-east-1", "s3", "aws4_request"] {
      key = Digest.hmacSHA256(key: key, [UInt8](part.utf8))
    }
    let signature = Digest.hmacSHA256(key: key, [UInt8]("{}".utf8)).hexString
    let form = Self.short([("policy", "{}"), ("x-amz-signature", signature)])
    #expect(Self.refusal(form)?.code == "InvalidPolicyDocument")
  }
}
