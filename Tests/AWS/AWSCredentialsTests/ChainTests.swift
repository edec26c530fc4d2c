import AWSCredentials
import FoundationEssentials
import HTTPTransport
import LoopbackServer
import Core
import SigV4
import Testing

@Suite struct ChainTests {
  @Test("keys in the environment come first, and half of them is a problem")
  func keysFirst() async throws {
    try await withServer { _ in
      [.respond(500)]
    } _: { server, http in
      let variables = [
        "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url,
      ]
      let found = try await provider(variables, http).credentials(at: start)
      #expect(found == Credentials(accessKeyID: "k", secretAccessKey: "s"))
      #expect(server.requests.isEmpty)
      let error = #expect(throws: ConfigurationError.self) { try provider(["AWS_ACCESS_KEY_ID": "k"], http) }
      #expect(error?.message.contains("AWS_SECRET_ACCESS_KEY") == true)
    }
  }

  @Test("where instances are ruled out, missing keys are a problem at once")
  func nothing() throws {
    let http = CurlTransport()
    defer { http.shutdown() }
    let error = #expect(throws: ConfigurationError.self) { try provider(["AWS_EC2_METADATA_DISABLED": "true"], http) }
    #expect(error?.message.contains("AWS_ACCESS_KEY_ID must be set") == true)
  }

  @Test("a container's credentials are asked for with its token")
  func container() async throws {
    try await withServer { request in
      [request.header("authorization") == "Bearer abc" ? .respond(200, [], text: document("k")) : .respond(401)]
    } _: { server, http in
      var variables = [
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(server.url)/creds?id=1",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer abc",
      ]
      let found = try await provider(variables, http).credentials(at: start)
      #expect(found == Credentials(accessKeyID: "k", secretAccessKey: "s", sessionToken: "t"))
      #expect(server.requests.map(\.path) == ["/creds"])
      variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "wrong"
      let error = await #expect(throws: CredentialsError.self) {
        try await provider(variables, http).credentials(at: start)
      }
      #expect(error?.message.contains("status 401") == true && error?.isRetryable == false)
    }
  }

  @Test("a token's file is read again each time")
  func tokenFile() async throws {
    let file = FileManager.default.temporaryDirectory.path + "/token-" + RequestID.make()
    defer { try? FileManager.default.removeItem(atPath: file) }
    try await withServer { _ in
      [.respond(200, [], text: document("k", expires: start))]
    } _: { server, http in
      let provider = try provider(
        [
          "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
          "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this one",
        ], http)
      await #expect(throws: CredentialsError.self) { try await provider.credentials(at: start) }
      for token in ["one", "two"] {
        try Data("\(token)\n".utf8).write(to: URL(filePath: file))
        _ = try await provider.credentials(at: start)
      }
      #expect(server.requests.map { $0.header("authorization") } == ["one", "two"])
    }
  }

  @Test(
    "secrets are asked for over a trusted way only",
    arguments: [
      ("http://127.0.0.1:80/x", true), ("http://localhost/x", true), ("http://[::1]:8080/x", true),
      ("http://169.254.170.2/x", true), ("http://169.254.170.23/v1/credentials", true),
      ("http://[fd00:ec2::23]/v1/credentials", true), ("https://example.com/x", true),
      ("http://example.com/x", false), ("http://127.0.0.1.example.com/x", false),
      ("http://127.0.0.1@example.com", false),
      ("http://10.0.0.1/x", false), ("ftp://127.0.0.1/x", false), ("https://", false), ("/path", false),
    ])
  func trusted(address: String, isTrusted: Bool) throws {
    let http = CurlTransport()
    defer { http.shutdown() }
    var environment = EnvironmentReader(["AWS_CONTAINER_CREDENTIALS_FULL_URI": address])
    _ = CredentialsChain.provider(environment: &environment, http: http)
    #expect(((try? environment.validate()) != nil) == isTrusted)
  }

  @Test("an instance's role is asked for with a session's token")
  func instance() async throws {
    try await withServer { request in
      let isAllowed = request.header("x-aws-ec2-metadata-token") == "session"
      return switch (request.method, request.path) {
      case ("PUT", "/latest/api/token"):
        [
          request.header("x-aws-ec2-metadata-token-ttl-seconds") == nil
            ? .respond(400) : .respond(200, [], text: "session")
        ]
      case ("GET", "/latest/meta-data/iam/security-credentials/") where isAllowed:
        [.respond(200, [], text: "the role\n")]
      case ("GET", "/latest/meta-data/iam/security-credentials/the%20role") where isAllowed:
        [.respond(200, [], text: document("k"))]
      default: [.respond(401)]
      }
    } _: { server, http in
      let provider = try provider(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url + "/"], http)
      let found = try await provider.credentials(at: start)
      #expect(found == Credentials(accessKeyID: "k", secretAccessKey: "s", sessionToken: "t"))
      _ = try await provider.credentials(at: start)
      #expect(server.requests.map(\.method) == ["PUT", "GET", "GET"])
    }
  }

  @Test("if nothing answers, all ways to credentials are named")
  func unreachable() async throws {
    let closed = try LoopbackServer { _ in [] }
    let url = closed.url
    closed.stop()
    let http = CurlTransport()
    defer { http.shutdown() }
    let error = await #expect(throws: CredentialsError.self) {
      try await provider(["AWS_EC2_METADATA_SERVICE_ENDPOINT": url], http).credentials(at: start)
    }
    for name in ["AWS_ACCESS_KEY_ID", "container", url] { #expect(error?.message.contains(name) == true) }
  }

  @Test(
    "an answer that is none names what is missing and no secret",
    arguments: [
      "", "[]", #"{"AccessKeyId": "k"}"#, #"{"Code": "AssumeRoleUnauthorizedAccess", "SecretAccessKey": "hidden"}"#,
      #"{"AccessKeyId": "k", "SecretAccessKey": "hidden", "Expiration": "soon"}"#,
    ])
  func nonsense(answer: String) async throws {
    try await withServer { _ in
      [.respond(200, [], text: answer)]
    } _: { server, http in
      let error = await #expect(throws: CredentialsError.self) {
        try await provider(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url], http).credentials(at: start)
      }
      #expect(error?.message.contains(server.url) == true && error?.message.contains("hidden") == false)
    }
  }
}
