import Core
import FoundationEssentials
import LambdaEvents
import Logging
import ObjectCache
import ObjectStore
import ReferenceAnswers
import S3Protocol
import Synchronization
import Testing

private let quiet = Logger(label: "test") { JSONLogHandler(label: $0, level: .critical) }
private let follow = HTTPResult.Reference.follow(bucket: "cache", prefix: "making/a/", key: "results/a")
private let entry = CacheEntry(bucket: "cache", prefix: "making/a/", key: "results/a")

/// A folder that is deleted with its value.
private final class Scratch: Sendable {
  let path = "\(FileManager.default.temporaryDirectory.path)/zoetrope-\(RequestID.make())"

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// What a streamed answer consists of.
private final class Received: Sendable {
  private let parts = Mutex<(head: HTTPResult?, body: [UInt8])>((nil, []))
  var head: HTTPResult? { parts.withLock(\.head) }
  var body: [UInt8] { parts.withLock(\.body) }
  func begin(_ head: HTTPResult) { parts.withLock { ($0.head, $0.body) = (head, head.bytes ?? []) } }
  func write(_ bytes: [UInt8]) { parts.withLock { $0.body += bytes } }
}

@Suite("Answers with references, without the gateway")
struct ReferenceAnswersTests {
  private let scratch = Scratch()
  private let store: FolderStore

  init() {
    store = FolderStore(root: scratch.path)
  }

  private func answers(_ change: (inout ReferenceAnswers.Configuration) -> Void = { _ in }) -> ReferenceAnswers {
    var configuration = ReferenceAnswers.Configuration()
    configuration.largestBufferedBody = 10
    configuration.pollInterval = .milliseconds(5)
    configuration.reserve = 0
    // However slow the machine is.
    configuration.claimLife = .seconds(600)
    change(&configuration)
    return ReferenceAnswers(
      store: store,
      presign: { key, bucket, expires, headers in
        "https://store/\(bucket)/\(key)?\(expires)&\(headers.map { "\($0.name)=\($0.value)" }.joined(separator: "&"))"
      }, configuration: configuration, logger: quiet)
  }

  private var cache: ObjectCache {
    var configuration = ObjectCache.Configuration()
    configuration.chunkInterval = .milliseconds(5)
    configuration.giveUpAfter = .seconds(600)
    configuration.voidAfter = .seconds(600)
    configuration.pollInterval = .milliseconds(2)
    configuration.scratch = scratch.path
    try? FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
    return ObjectCache(store: store, configuration: configuration, logger: quiet)
  }

  private func event(
    _ headers: [String: String] = [:], method: String = "GET", domain: String = "id.lambda-url.eu-west-1.on.aws"
  ) -> HTTPEvent {
    var context = HTTPEvent.Context(http: .init(method: method, path: "/"))
    context.domainName = domain
    return HTTPEvent(rawPath: "/", headers: headers, requestContext: context)
  }

  private func put(_ text: String, type: String? = "image/gif") async throws -> ETag {
    try await store.put(Array(text.utf8), as: "results/a", in: "cache", options: PutOptions(contentType: type))
  }

  private let object = HTTPResult.reference(
    .object(bucket: "cache", key: "results/a"), headers: [.init("cache-control", "max-age=5")])

  @Test("only results with a reference are looked at")
  func recognition() throws {
    #expect(ReferenceAnswers.reference(in: object.json()) == object)
    for other in [#"{"statusCode":200,"body":"\"zoetrope\""}"#, #"["zoetrope"]"#, "zoetrope", #"{"zoetrope":1}"#] {
      #expect(ReferenceAnswers.reference(in: Array(other.utf8)) == nil)
    }
  }

  @Test("a small object becomes the body, with its tag, its type and the answer's own headers")
  func small() async throws {
    let etag = try await put("0123456789")
    let answer = try await answers().buffered(object, to: event(), deadline: .distantFuture)
    #expect(answer.status == 200 && answer.bytes == Array("0123456789".utf8))
    #expect(answer.header("etag") == etag.quoted && answer.header("content-type") == "image/gif")
    #expect(answer.header("cache-control") == "max-age=5")
  }

  @Test("conditions and ranges hold; a HEAD has no body")
  func conditions() async throws {
    let etag = try await put("0123456789")
    let answers = answers()
    func ask(_ headers: [String: String], _ method: String = "GET") async throws -> HTTPResult {
      try await answers.buffered(object, to: event(headers, method: method), deadline: .distantFuture)
    }
    #expect(try await ask(["if-none-match": etag.quoted]).status == 304)
    #expect(try await ask(["if-match": "\"other\""]).status == 412)
    let part = try await ask(["range": "bytes=2-4"])
    #expect(part.status == 206 && part.bytes == Array("234".utf8))
    #expect(part.header("content-range") == "bytes 2-4/10")
    #expect(try await ask(["range": "bytes=2-4", "if-range": "\"other\""]).status == 200)
    #expect(try await ask(["range": "bytes=10-"]).status == 416)
    #expect(try await ask([:], "HEAD").bytes == [])
    try await store.delete("results/a", in: "cache")
    #expect(try await ask([:]).status == 404)
  }

  @Test("what no buffered answer can hold is a redirect to a presigned address; a part of it that fits is not")
  func redirect() async throws {
    _ = try await put("0123456789a")
    let answer = try await answers().buffered(object, to: event(), deadline: .distantFuture)
    #expect(answer.status == 302)
    #expect(
      answer.header("location")
        == "https://store/cache/results/a?900&content-type=image/gif&cache-control=max-age=5")
    #expect(answer.header("cache-control") == "no-store")
    let part = try await answers().buffered(object, to: event(["range": "bytes=-3"]), deadline: .distantFuture)
    #expect(part.status == 206 && part.bytes == Array("89a".utf8))
  }

  @Test("a streamed answer carries an object of any size")
  func streamedObject() async throws {
    let text = String(repeating: "0123456789", count: 250_000)
    _ = try await put(text)
    let received = Received()
    try await answers().stream(
      object, to: event(), deadline: .distantFuture, begin: received.begin, write: received.write)
    #expect(received.head?.status == 200 && received.head?.header("content-type") == "image/gif")
    #expect(received.body == Array(text.utf8))
  }

  @Test("a result in the making is streamed from its beginning, before it is complete")
  func following() async throws {
    let (received, gate) = (Received(), AsyncStream<Void>.makeStream())
    let cache = cache
    let maker = Task {
      try await cache.make(entry) { writer in
        try await writer.write(Array("first ".utf8))
        for await _ in gate.stream {}
        try await writer.write(Array("second".utf8))
      }
    }
    try await answers().stream(.reference(follow), to: event(), deadline: .distantFuture) { head in
      received.begin(head)
    } write: { bytes in
      received.write(bytes)
      gate.continuation.finish()
    }
    #expect(received.head?.status == 200 && received.body == Array("first second".utf8))
    _ = try await maker.value
  }

  @Test("a buffered answer waits for work that has not begun, then sends the whole result")
  func queued() async throws {
    let cache = cache
    async let answer = answers().buffered(.reference(follow), to: event(), deadline: .distantFuture)
    try await Task.sleep(for: .milliseconds(30))
    _ = try await cache.make(entry) { try await $0.write(Array("result".utf8)) }
    #expect(try await answer.bytes == Array("result".utf8))
  }

  @Test("a failure before the first byte is its status; one after it breaks the answer off")
  func failures() async throws {
    let cache = cache
    let failure = ResultFailure(statusCode: 415, code: "NotAVideo", message: "not a video")
    _ = try await cache.make(entry) { _ in throw failure }
    let answer = try await answers().buffered(.reference(follow), to: event(), deadline: .distantFuture)
    #expect(answer.status == 415)
    #expect(
      try JSON.decode(JSONValue.self, from: answer.bytes ?? [])
        == .object(["statusCode": .integer(415), "error": .string("NotAVideo"), "message": .string("not a video")]))
    let received = Received()
    try await answers().stream(
      .reference(follow), to: event(), deadline: .distantFuture, begin: received.begin, write: received.write)
    #expect(received.head?.status == 415)

    try await cache.remove(entry)
    let gate = AsyncStream<Void>.makeStream()
    let maker = Task {
      try await cache.make(entry) { writer in
        try await writer.write(Array("half".utf8))
        for await _ in gate.stream {}
        throw failure
      }
    }
    let half = Received()
    await #expect(throws: (any Error).self) {
      try await answers().stream(.reference(follow), to: event(), deadline: .distantFuture) { head in
        half.begin(head)
      } write: { bytes in
        half.write(bytes)
        gate.continuation.finish()
      }
    }
    #expect(half.head?.status == 200 && half.body == Array("half".utf8))
    _ = try await maker.value
  }

  @Test("waiting ends: by the answer's own limit with 504, by the deadline or the gateway's limit with 503")
  func limits() async throws {
    let limited = HTTPResult.reference(
      .follow(bucket: "cache", prefix: "making/a/", key: "results/a", limits: .init(firstByte: 0)))
    #expect(try await answers().buffered(limited, to: event(), deadline: .distantFuture).status == 504)
    let late = try await answers().buffered(.reference(follow), to: event(), deadline: Date())
    #expect(late.status == 503 && late.header("retry-after") != nil)
    let api = event(domain: "id.execute-api.eu-west-1.amazonaws.com")
    let impatient = answers { $0.gatewayTimeout = 0 }
    #expect(try await impatient.buffered(.reference(follow), to: api, deadline: .distantFuture).status == 503)
    let received = Received()
    try await answers().stream(
      limited, to: event(), deadline: .distantFuture, begin: received.begin, write: received.write)
    #expect(received.head?.status == 504)
  }

  @Test("a claim that is not renewed is void")
  func void() async throws {
    _ = try await store.put(
      Array(#"{"owner":"x","state":"making","renewed":1}"#.utf8), as: "making/a/claim", in: "cache")
    let answer = try await answers { $0.claimLife = .milliseconds(20) }
      .buffered(.reference(follow), to: event(), deadline: .distantFuture)
    #expect(answer.status == 503)
  }

  @Test("a job's progress is one event, after which the page connects again")
  func progress() async throws {
    func write(_ text: String, _ key: String) async throws {
      _ = try await store.put(Array(text.utf8), as: key, in: "cache")
    }
    let job = HTTPResult.reference(.events(bucket: "cache", key: "jobs/1.json", records: "jobs/1/"))
    func ask() async throws -> (HTTPResult, String) {
      let answer = try await answers().buffered(job, to: event(), deadline: .distantFuture)
      return (answer, String(decoding: answer.bytes ?? [], as: UTF8.self))
    }
    #expect(try await ask().0.status == 404)
    try await write(#"{"status":"processing","parts":2}"#, "jobs/1.json")
    for part in 1...2 { try await write(#"{"done":\#(part),"total":4}"#, "jobs/1/\(part)") }
    let (answer, text) = try await ask()
    #expect(answer.header("content-type") == "text/event-stream")
    #expect(text == "retry: 2000\n\nevent: progress\ndata: {\"percent\":37,\"status\":\"processing\"}\n\n")
    try await write(#"{"status":"ready"}"#, "jobs/1.json")
    #expect(try await ask().1 == "retry: 2000\n\nevent: done\ndata: {\"status\":\"ready\"}\n\n")
  }
}
