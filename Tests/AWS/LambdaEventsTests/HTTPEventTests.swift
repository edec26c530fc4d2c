import Core
import LambdaEvents
import Testing

/// The example of AWS's documentation.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
private let documented = """
  {"version":"2.0","routeKey":"$default","rawPath":"/my/path",
   "rawQueryString":"parameter1=value1&parameter1=value2&parameter2=value","cookies":["cookie1","cookie2=b"],
   "headers":{"header1":"value1","header2":"value1,value2"},
   "queryStringParameters":{"parameter1":"value1,value2","parameter2":"value"},
   "requestContext":{"accountId":"123456789012","apiId":"api-id",
     "authentication":{"clientCert":{"clientCertPem":"CERT_CONTENT"}},
     "authorizer":{"jwt":{"claims":{"claim1":"value1"},"scopes":["scope1"]}},
     "domainName":"id.execute-api.us-east-1.amazonaws.com","domainPrefix":"id",
     "http":{"method":"POST","path":"/my/path","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"agent"},
     "requestId":"id","routeKey":"$default","stage":"$default","time":"12/Mar/2020:19:03:58 +0000",
     "timeEpoch":1583348638390},
   "body":"Hello from Lambda","pathParameters":{"parameter1":"value1"},"isBase64Encoded":false,
   "stageVariables":{"stageVariable1":"value1"}}
  """

@Suite("HTTP events")
struct HTTPEventTests {
  private func event() throws -> HTTPEvent { try HTTPEvent(json: Array(documented.utf8)) }

  @Test("the documented event is read")
  func documentedEvent() throws {
    let event = try event()
    #expect(event.method == "POST" && event.rawPath == "/my/path")
    #expect(event.query("parameter1") == ["value1", "value2"])
    #expect(event.header("Header2") == "value1,value2")
    #expect(event.cookie("cookie2") == "b" && event.cookie("cookie1") == nil)
    #expect(event.bodyText == "Hello from Lambda")
    #expect(event.pathParameters == ["parameter1": "value1"])
    #expect(event.requestContext.timeEpoch == 1_583_348_638_390)
  }

  @Test("what is written is read as it was")
  func roundTrip() throws {
    var event = try event()
    event.body = [0, 255, 1]
    event.isBase64Encoded = true
    event.headers["x-odd"] = "quote \" backslash \\ tab \t line \n bell \u{7} ü 🎞"
    event.requestContext.authorizer = .init(
      iam: .init(accessKey: "AKIA", accountId: "1", callerId: "c", userArn: "arn", userId: "u"))
    event.requestContext.zoetrope = .init(
      parts: [.init(name: "file", fileName: "a\"b.wav", size: 12, sha256: "00", url: "s3://b/k")])
    #expect(try HTTPEvent(json: event.json()) == event)
    event.requestContext.zoetrope = .init(phase: "check")
    event.isBase64Encoded = false
    event.body = Array("{\"a\":1}".utf8)
    let again = try HTTPEvent(json: event.json())
    #expect(again == event && again.isBodyCheck)
  }

  @Test("it is written in the documented members, and in no others")
  func members() throws {
    let written = try JSON.decode(JSONValue.self, from: event().json())
    var expected = try #require(JSON.decode(JSONValue.self, from: Array(documented.utf8)).objectValue)
    var context = try #require(expected["requestContext"]?.objectValue)
    // A certificate and claims of other authorizers are not this gateway's.
    context["authentication"] = nil
    context["authorizer"] = nil
    expected["requestContext"] = .object(context)
    #expect(written == .object(expected))
  }

  @Test("members without content are left out")
  func empty() throws {
    let event = HTTPEvent(rawPath: "/", requestContext: .init(http: .init(method: "GET", path: "/")))
    let members = try #require(JSON.decode(JSONValue.self, from: event.json()).objectValue)
    #expect(
      members.keys.sorted() == [
        "headers", "isBase64Encoded", "rawPath", "rawQueryString", "requestContext", "routeKey", "version",
      ])
  }

  @Test(
    "other events are refused",
    arguments: [
      "{}", "[]", #"{"version":"1.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}"#,
      #"{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}},"body":"%","isBase64Encoded":true}"#,
    ])
  func refused(text: String) {
    #expect(throws: InvalidHTTPEvent.self) { try HTTPEvent(json: Array(text.utf8)) }
  }

  @Test("the time as logs write it")
  func time() {
    #expect(HTTPEvent.Context.time(secondsSince1970: 1_584_039_838) == "12/Mar/2020:19:03:58 +0000")
  }

  @Test(
    "which bodies travel as text",
    arguments: [
      ("text/html; charset=utf-8", true), ("application/json", true), ("application/problem+json", true),
      ("application/x-www-form-urlencoded", false), ("image/png", false), ("", false), ("multipart/form-data", false),
    ])
  func text(type: String, expected: Bool) {
    #expect(HTTPEvent.isText(contentType: type) == expected)
  }
}

@Suite("HTTP results")
struct HTTPResultTests {
  private func result(_ text: String) throws -> HTTPResult { try HTTPResult(json: Array(text.utf8)) }

  @Test(
    "without a status the result is the body of a JSON answer",
    arguments: [
      (#"{"a":1}"#, #"{"a":1}"#), (#""Hello""#, "Hello"), ("[1, 2]", "[1, 2]"), ("null", "null"), ("12", "12"),
      (#"{"headers":5,"body":"x"}"#, #"{"headers":5,"body":"x"}"#),
    ])
  func inferred(json: String, body: String) throws {
    let result = try result(json)
    #expect(result == .bytes(Array(body.utf8), contentType: "application/json"))
  }

  @Test("a whole answer")
  func whole() throws {
    let result = try result(
      #"{"statusCode":"201","headers":{"X-A":"1","X-N":5,"X-T":true},"cookies":["a=1; Secure","b=2"],"body":"AP8=","isBase64Encoded":true}"#
    )
    #expect(result.status == 201 && result.cookies == ["a=1; Secure", "b=2"])
    #expect(result.header("x-a") == "1" && result.header("x-n") == "5" && result.header("X-t") == "true")
    #expect(result.bytes == [0, 255])
    #expect(try HTTPResult(json: result.json()) == result)
  }

  @Test("references are read as they were written")
  func references() throws {
    for reference in [
      HTTPResult.Reference.object(bucket: "b", key: "k/ü"), .object(bucket: "b", key: "k", isOptional: true),
      .follow(bucket: "b", prefix: "p/", key: "k"),
      .follow(
        bucket: "b", prefix: "p/", key: "k", limits: .init(firstByte: 30, total: 60, substitute: "Other")),
      .invoke(function: "Other"),
    ] {
      let result = HTTPResult.reference(reference, headers: [.init("content-type", "image/gif")])
      #expect(try HTTPResult(json: result.json()) == result)
    }
    #expect(
      try result(#"{"statusCode":200,"zoetrope":{"follow":{"bucket":"b","prefix":"p","key":"k"}}}"#).body
        == .reference(.follow(bucket: "b", prefix: "p", key: "k")))
  }

  @Test(
    "what cannot be sent is refused",
    arguments: [
      "", "{", #"{"statusCode":99}"#, #"{"statusCode":"x"}"#, #"{"statusCode":200,"body":{}}"#,
      #"{"statusCode":200,"headers":{"a":[]}}"#, #"{"statusCode":200,"body":"%","isBase64Encoded":true}"#,
      #"{"statusCode":200,"cookies":"a"}"#,
      #"{"statusCode":200,"body":"x","zoetrope":{"object":{"bucket":"b","key":"k"}}}"#,
      #"{"statusCode":200,"zoetrope":{"invoke":{"function":"f"},"object":{"bucket":"b","key":"k"}}}"#,
      #"{"statusCode":200,"zoetrope":{"invoke":{}}}"#, #"{"statusCode":200,"zoetrope":{}}"#,
      #"{"statusCode":200,"zoetrope":{"follow":{"bucket":"b","key":"k"}}}"#,
    ])
  func refused(json: String) {
    #expect(throws: InvalidHTTPResult.self) { try result(json) }
  }

  @Test("several headers of one name become one")
  func joined() throws {
    let result = HTTPResult(headers: [.init("Vary", "A"), .init("vary", "B")])
    #expect(try HTTPResult(json: result.json()).headers == [.init("Vary", "A,B")])
  }
}

@Suite("Preludes")
struct StreamPreludeTests {
  private let head = HTTPResult(status: 202, headers: [.init("content-type", "image/gif")], cookies: ["a=1"])

  @Test("a prelude is found however the bytes are cut", arguments: 1...12)
  func cut(size: Int) throws {
    let stream = StreamPrelude.encode(head) + [0, 0, 71, 73, 70]
    var parser = StreamPrelude.Parser()
    var found: HTTPResult?
    var body: [UInt8] = []
    for start in stride(from: 0, to: stream.count, by: size) {
      let piece = stream[start..<min(start + size, stream.count)]
      if found != nil {
        body += piece
      } else if case .head(let result, let rest) = try parser.take(piece) {
        found = result
        body += rest
      }
    }
    #expect(found == head)
    #expect(body == [0, 0, 71, 73, 70])
  }

  @Test("metadata without a status means 200")
  func noStatus() throws {
    var parser = StreamPrelude.Parser()
    let stream = Array(#"{"headers":{"a":"b"}}"#.utf8) + [UInt8](repeating: 0, count: 8)
    #expect(try parser.take(stream) == .head(HTTPResult(headers: [.init("a", "b")]), rest: []))
  }

  @Test("headers with several values are sent as often")
  func repeatedHeaders() throws {
    let metadata =
      #"{"statusCode":200,"headers":{"content-type":"text/plain","x-a":"0"},"#
      + #""multiValueHeaders":{"Set-Cookie":["a=1","b=2"],"X-A":["1","2"]}}"#
    var parser = StreamPrelude.Parser()
    let head = HTTPResult(headers: [
      .init("content-type", "text/plain"), .init("Set-Cookie", "a=1"), .init("Set-Cookie", "b=2"), .init("X-A", "1"),
      .init("X-A", "2"),
    ])
    #expect(try parser.take(Array(metadata.utf8) + [UInt8](repeating: 0, count: 8)) == .head(head, rest: []))
  }

  @Test("what is no prelude is refused")
  func refused() {
    for stream in [
      Array("{}".utf8) + [0, 1], Array("x".utf8) + [UInt8](repeating: 0, count: 8),
      [UInt8](repeating: 32, count: StreamPrelude.maximumBytes + 1),
      Array(#"{"body":"x"}"#.utf8) + [UInt8](repeating: 0, count: 8),
    ] {
      var parser = StreamPrelude.Parser()
      #expect(throws: InvalidHTTPResult.self) { try parser.take(stream) }
    }
  }
}
