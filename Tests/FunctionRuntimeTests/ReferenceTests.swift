import FunctionRuntime
import LambdaEvents
import LoopbackServer
import Testing

/// A store that has one object and speaks just enough of S3.
private func store(_ object: [UInt8]) throws -> LoopbackServer {
  try LoopbackServer { request in
    guard request.path == "/cache/results/a" else { return [.respond(404)] }
    let headers = [
      ("ETag", "\"tag\""), ("Content-Type", "image/gif"), ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ]
    if request.method == "HEAD" {
      return [.send(LoopbackServer.Step.head(200, headers + [("Content-Length", "\(object.count)")]))]
    }
    let range = request.range ?? 0...(object.count - 1)
    let content = [("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound)/\(object.count)")]
    return [.respond(206, headers + content, Array(object[range.lowerBound...min(range.upperBound, object.count - 1)]))]
  }
}

@Suite("References under the plain Runtime API")
struct ReferenceTests {
  private let reference = HTTPResult.reference(.object(bucket: "cache", key: "results/a"))

  /// What the Runtime API received for one request to the function.
  private func answer(
    _ handler: some InvocationHandler, object: [UInt8], domain: String = "id.lambda-url.eu-west-1.on.aws",
    hostResolves: Bool = false, variables: [String: String] = [:]
  ) async throws -> (request: ReceivedRequest, storeRequests: Int) {
    let store = try store(object)
    var context = HTTPEvent.Context(http: .init(method: "GET", path: "/"))
    context.domainName = domain
    let event = HTTPEvent(rawPath: "/", requestContext: context)
    let api = try RuntimeAPI([
      .init(
        id: "id-1", body: String(decoding: event.json(), as: UTF8.self),
        headers: hostResolves ? [("Zoetrope-Resolves-References", "1")] : [])
    ])
    let environment = [
      "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:\(store.port)", "AWS_ACCESS_KEY_ID": "key",
      "AWS_SECRET_ACCESS_KEY": "secret",
    ]
    _ = await api.run(handler, environment: environment.merging(variables) { $1 })
    return (try #require(api.server.requests.first { !$0.path.hasSuffix("/next") }), store.requests.count)
  }

  private var buffered: HTTPHandler { HTTPHandler { [reference] _, _ in reference } }

  @Test("a small object becomes the body")
  func bytes() async throws {
    let (request, _) = try await answer(buffered, object: Array("GIF89a".utf8))
    let result = try HTTPResult(json: request.body)
    #expect(result.status == 200 && result.bytes == Array("GIF89a".utf8))
    #expect(result.header("content-type") == "image/gif" && result.header("etag") == "\"tag\"")
  }

  @Test("a body above 6 MB is a redirect to a presigned address")
  func redirect() async throws {
    let (request, count) = try await answer(buffered, object: [UInt8](repeating: 7, count: 6_000_001))
    let result = try HTTPResult(json: request.body)
    let location = try #require(result.header("location"))
    #expect(result.status == 302 && location.contains("/cache/results/a?") && location.contains("X-Amz-Signature="))
    // Only its head was asked for.
    #expect(count == 1)
  }

  @Test("behind a streamed function URL the object is streamed, by a handler of either kind")
  func streams() async throws {
    let object = (0..<6_000_001).map { UInt8(truncatingIfNeeded: $0) }
    let streaming = StreamingHTTPHandler { [reference] _, response, _ in try await response.begin(reference) }
    for request in [
      try await answer(buffered, object: object, variables: ["FUNCTION_URL_INVOKE_MODE": "RESPONSE_STREAM"]).request,
      try await answer(streaming, object: object).request,
    ] {
      #expect(request.header("lambda-runtime-function-response-mode") == "streaming")
      #expect(request.header("content-type") == StreamPrelude.contentType)
      var parser = StreamPrelude.Parser()
      guard case .head(let head, let body) = try parser.take(request.body) else {
        Issue.record("there is no prelude")
        return
      }
      #expect(head.status == 200 && head.header("content-type") == "image/gif" && body == object)
    }
  }

  @Test("a route of API Gateway is never streamed to")
  func route() async throws {
    let (request, _) = try await answer(
      buffered, object: [1], domain: "id.execute-api.eu-west-1.amazonaws.com",
      variables: ["FUNCTION_URL_INVOKE_MODE": "RESPONSE_STREAM"])
    #expect(request.header("lambda-runtime-function-response-mode") == nil)
    #expect(try HTTPResult(json: request.body).bytes == [1])
  }

  @Test("this project's host receives the reference itself")
  func host() async throws {
    let (request, count) = try await answer(buffered, object: [1], hostResolves: true)
    #expect(try HTTPResult(json: request.body) == reference && count == 0)
  }

  @Test("without a store the invocation fails and names what is missing")
  func unconfigured() async throws {
    let (request, _) = try await answer(
      buffered, object: [1],
      variables: ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"])
    #expect(request.path.hasSuffix("/error"))
    #expect(String(decoding: request.body, as: UTF8.self).contains("AWS_ACCESS_KEY_ID"))
  }
}
