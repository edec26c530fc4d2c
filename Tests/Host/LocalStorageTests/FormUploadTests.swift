import Encodings
import Checksums
import FoundationEssentials
import HTTPTransport
import Core
import S3Protocol
import S3Server
import SigV4
import Testing

/// Uploads from a browser's form, authorised by a signed policy.
@Suite("Form uploads")
struct FormUploadTests {
  /// The fields that a web site puts into its form.
  private func fields(
    key: String, conditions: String, secret: String = StoreServer.credentials.secretAccessKey, lifetime: Double = 60
  ) -> [(name: String, value: String)] {
    let now = Date()
    let stamp = now.iso8601().filter { $0 != "-" && $0 != ":" }
    let day = String(stamp.prefix(8))
    let credential = "\(StoreServer.credentials.accessKeyID)/\(day)/us-east-1/s3/aws4_request"
    let policy = """
      {"expiration": "\(now.addingTimeInterval(lifetime).iso8601(milliseconds: true))", "conditions": [\(conditions),
       {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, {"x-amz-credential": "\(credential)"}, {"x-amz-date": "\(stamp)"}]}
      """
    let document = Base64.encode(Array(policy.utf8))
    var signingKey = Array("AWS4\(secret)".utf8)
    for part in [day, "us-east-1", "s3", "aws4_request"] {
      signingKey = Digest.hmacSHA256(key: signingKey, Array(part.utf8))
    }
    return [
      ("key", key), ("policy", document), ("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("x-amz-credential", credential),
      ("x-amz-date", stamp),
      ("x-amz-signature", Digest.hmacSHA256(key: signingKey, Array(document.utf8)).hexString),
    ]
  }

  private func post(
    _ server: StoreServer, _ fields: [(name: String, value: String)], file: [UInt8]
  ) async throws -> HTTPTransport.HTTPResponse {
    let boundary = "----boundary42"
    var body: [UInt8] = []
    for (name, value) in fields {
      body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
    }
    body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f ü.mp4\"\r\n".utf8
    body += "Content-Type: video/mp4\r\n\r\n".utf8
    body += file
    body += "\r\n--\(boundary)--\r\n".utf8
    let type = (name: "content-type", value: "multipart/form-data; boundary=\(boundary)")
    return try await server.raw("POST", "/bucket", headers: [type], body: body)
  }

  private static let conditions = """
    ["starts-with", "$key", "in/"], {"bucket": "bucket"}, ["content-length-range", 1, 200000], \
    ["starts-with", "$Content-Type", "video/"], {"success_action_status": "201"}
    """

  private func form(_ key: String, secret: String = "test-secret", lifetime: Double = 60) -> [(
    name: String, value: String
  )] {
    fields(key: key, conditions: Self.conditions, secret: secret, lifetime: lifetime)
      + [("Content-Type", "video/mp4"), ("success_action_status", "201")]
  }

  @Test func PostObject_storesTheFile() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      // What looks like the beginning of a boundary is content.
      let file =
        [UInt8](repeating: 7, count: 100_000) + Array("\r\n------bound\r\n--".utf8)
        + [UInt8](repeating: 8, count: 50_000)
      let response = try await post(server, form("in/${filename}"), file: file)
      #expect(response.status == 201, "\(response.text)")
      let get = try await server.send("GET", "bucket", "in/f ü.mp4")
      #expect(get.body == file)
      #expect(get.headers["content-type"] == "video/mp4")
      #expect(server.store.changes.all.map(\.event) == [.post])
      #expect(server.store.changes.all.map(\.principal) == ["test"])
    }
  }

  @Test func PostObject_refusesWhatThePolicyDoesNotAllow() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let file = [UInt8](repeating: 7, count: 100)
      for (fields, file, code) in [
        (form("elsewhere/x"), file, "AccessDenied"),
        (form("in/x", secret: "wrong"), file, "SignatureDoesNotMatch"),
        (form("in/x", lifetime: -60), file, "AccessDenied"),
        (form("in/x") + [("x-amz-meta-a", "1")], file, "AccessDenied"),
        (form("in/x"), [], "EntityTooSmall"),
        (form("in/x"), [UInt8](repeating: 7, count: 200_001), "EntityTooLarge"),
        ([("key", "in/x")], file, "AccessDenied"),
        ([], file, "UserKeyMustBeSpecified"),
      ] as [([(name: String, value: String)], [UInt8], String)] {
        #expect(try await post(server, fields, file: file).errorCode == code)
      }
      #expect(server.store.files.isEmpty)
      #expect(server.store.changes.all.isEmpty)
    }
  }

  @Test func PostObject_brokenForms() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let type = (name: "content-type", value: "multipart/form-data; boundary=b")
      let endless = String(repeating: "x", count: 40_000)
      for (headers, body, code) in [
        ([], "", "MalformedPOSTRequest"),
        ([type], "no form at all", "MalformedPOSTRequest"),
        ([type], "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--b--\r\n", "InvalidArgument"),
        (
          [type], "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n\(endless)",
          "MaxPostPreDataLengthExceededError"
        ),
      ] as [([(name: String, value: String)], String, String)] {
        #expect(try await server.raw("POST", "/bucket", headers: headers, body: Array(body.utf8)).errorCode == code)
      }
    }
  }
}
