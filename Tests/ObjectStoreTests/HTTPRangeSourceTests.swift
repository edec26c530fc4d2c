import FoundationEssentials
import LoopbackServer
import ObjectStore
import Core
import S3Protocol
import Synchronization
import Testing

private let block: Int64 = 32 << 10

@Suite("Objects read by range requests")
struct HTTPRangeSourceTests {
  @Test(
    "reading from end to end yields every byte once, over one connection",
    arguments: [1, 64 << 10, 5 << 20, (6 << 20) + 77])
  func sequential(size: Int) async throws {
    let object = ObjectServer(pattern(size))
    try await withSource(object) { (source, server) throws in
      #expect(try source.bytes(0..<source.size, piece: 50_000) == object.bytes)
      #expect(try source.piece(10, at: source.size).isEmpty)
      #expect(source.statistics.bytesFetched == source.size)
      #expect(source.statistics.requests == server.requests.count)
      #expect(source.statistics.requests < 40)
      #expect(server.accepted == 1)
      for request in server.requests {
        _ = try request.verify()
        #expect(request.header("if-match") == object.info.etag.quoted)
      }
    }
  }

  @Test("opening fetches nothing; a first look fetches little")
  func firstLook() async throws {
    let object = ObjectServer(pattern(20 << 20))
    try await withSource(object) { (source, server) throws in
      #expect(server.requests.isEmpty)
      #expect(try source.piece(1000, at: 0) == Array(object.bytes[..<1000]))
      #expect(server.requests.map(\.range) == [0...65535])
    }
  }

  @Test("an index at the end is fetched in one go")
  func tail() async throws {
    let object = ObjectServer(pattern(20 << 20))
    try await withSource(object) { (source, server) throws in
      let start = source.size - (1 << 20) - 5
      #expect(try source.bytes(start..<source.size) == Array(object.bytes[Int(start)...]))
      #expect(server.requests.count == 1)
    }
  }

  @Test("short skips forward and looks back cost no request")
  func shortJumps() async throws {
    let object = ObjectServer(pattern(20 << 20))
    try await withSource(object) { (source, server) throws in
      source.limitReadAhead(to: 4 << 20)
      _ = try source.bytes(0..<(2 << 20))
      let requests = server.requests.count
      for offset: Int64 in [(2 << 20) + 50_000, (2 << 20) + 170_000, (2 << 20) - 300_000, (2 << 20) + 200_000] {
        #expect(try source.piece(100, at: offset) == Array(object.bytes[Int(offset)..<Int(offset + 100)]))
      }
      #expect(server.requests.count == requests)
    }
  }

  @Test("far jumps cost one small request each, and never the wrong bytes")
  func farJumps() async throws {
    let object = ObjectServer(pattern(20 << 20))
    try await withSource(object) { (source, server) throws in
      for offset: Int64 in [15 << 20, 3 << 20, 9 << 20, 1 << 20, 17 << 20] {
        #expect(try source.bytes(offset..<(offset + 5000)) == Array(object.bytes[Int(offset)..<Int(offset + 5000)]))
      }
      #expect(source.statistics.requests == 5)
      #expect(source.statistics.bytesFetched <= 5 * 64 << 10)
      #expect(server.accepted == 1)
    }
  }

  @Test("random reads yield the right bytes")
  func random() async throws {
    let object = ObjectServer(pattern((3 << 20) + 321))
    try await withSource(object) { (source, server) throws in
      var generator = SystemRandomNumberGenerator()
      for _ in 0..<300 {
        let offset = Int64.random(in: 0..<source.size, using: &generator)
        let piece = try source.piece(Int.random(in: 1...100_000, using: &generator), at: offset)
        #expect(!piece.isEmpty)
        #expect(piece.elementsEqual(object.bytes[Int(offset)..<(Int(offset) + piece.count)]), "at \(offset)")
      }
    }
  }

  @Test("nothing is read ahead beyond a limit that was told, and reading beyond it works")
  func limit() async throws {
    let object = ObjectServer(pattern(20 << 20))
    try await withSource(object) { (source, server) throws in
      let end: Int64 = (3 << 20) + 1000
      source.limitReadAhead(to: end)
      _ = try source.bytes((1 << 20)..<end)
      #expect(source.statistics.requests == 1)
      #expect(source.statistics.bytesFetched <= 2 << 20 + block)
      #expect(try source.piece(100, at: end + block) == Array(object.bytes[Int(end + block)..<Int(end + block + 100)]))
    }
  }

  @Test(
    "a process that renders all clips of a long video fetches little more than the video", arguments: [true, false])
  func clips(limited: Bool) async throws {
    // A file with its index at the end, read clip by clip, each by a source of its own, as the demuxer does.
    let clipSize: Int64 = 3_500_000
    let clips: Int64 = 8
    let index: Int64 = 700_000
    let object = ObjectServer(pattern(Int(clipSize * clips + index)))
    try await withClient {
      object.answer($0)
    } _: { client, server in
      let fetched = try await DedicatedThread.run(name: "reader") {
        var fetched: Int64 = 0
        for clip in 0..<clips {
          let source = try client.open("v.mp4", in: "my-bucket", info: object.info) as! HTTPRangeSource
          _ = try source.bytes(0..<4096)
          _ = try source.bytes((source.size - index)..<source.size)
          let range = clip * clipSize..<(clip + 1) * clipSize
          if limited { source.limitReadAhead(to: range.upperBound) }
          #expect(try source.bytes(range) == Array(object.bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
          source.close()
          fetched += source.statistics.bytesFetched
        }
        return fetched
      }
      #expect(Double(fetched) <= Double(object.bytes.count) * (limited ? 1.05 : 1.15))
      #expect(server.requests.count <= Int(clips) * (limited ? 4 : 25))
    }
  }

  @Test(
    "a stream that breaks off goes on where it broke",
    arguments: [
      (0, .close), (10, .reset), (40_000, .close), (100_000, .reset), (65_536, .stall),
    ] as [(Int, LoopbackServer.Step)])
  func resumption(after count: Int, end: LoopbackServer.Step) async throws {
    var object = ObjectServer(pattern(2 << 20))
    let whole = object
    // Every other request breaks off.
    object.fault = { request in request.index % 2 == 1 ? whole.truncated(request, after: count, then: end) : nil }
    try await withSource(object, stallTimeout: .milliseconds(150)) { (source, server) throws in
      source.limitReadAhead(to: source.size)
      #expect(try source.bytes(0..<source.size) == whole.bytes)
      #expect(server.requests.count >= 2)
    }
  }

  @Test("bytes that have come are not fetched again after a failure")
  func noRefetch() async throws {
    var object = ObjectServer(pattern(1 << 20))
    let whole = object
    object.fault = { request in request.index == 1 ? whole.truncated(request, after: 50_001, then: .close) : nil }
    try await withSource(object) { (source, server) throws in
      source.limitReadAhead(to: source.size)
      #expect(try source.bytes(0..<source.size) == whole.bytes)
      #expect(server.requests.map { $0.range?.lowerBound } == [0, 50_001])
      #expect(source.statistics.bytesFetched == source.size)
    }
  }

  @Test(
    "a passing refusal is waited out", arguments: [.slowDown, .internalError, .serviceUnavailable] as [S3ErrorCode])
  func refusal(code: S3ErrorCode) async throws {
    var object = ObjectServer(pattern(100_000))
    object.fault = { $0.index < 3 ? [.error(code)] : nil }
    let bytes = object.bytes
    try await withSource(object) { (source, server) throws in
      #expect(try source.bytes(0..<source.size) == bytes)
      #expect(source.statistics.requests == server.requests.count)
    }
  }

  @Test("a store that never recovers is given up after the allowed number of tries")
  func givingUp() async throws {
    var object = ObjectServer(pattern(100_000))
    object.fault = { _ in [.error(.slowDown)] }
    try await withSource(object) { (source, server) throws in
      let error = #expect(throws: ObjectStoreError.self) { try source.piece(10, at: 0) }
      #expect(error?.code == "SlowDown")
      #expect(error?.isRetryable == true)
      #expect(server.requests.count == RetryPolicy.quick.maximumAttempts)
    }
  }

  /// Named, as a description of all the bytes takes longer than the test.
  struct Answer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let steps: [LoopbackServer.Step]
    let code: String

    init(_ name: String, _ steps: [LoopbackServer.Step], _ code: String) {
      testDescription = name
      self.steps = steps
      self.code = code
    }
  }

  @Test(
    "what cannot be mended is told at once",
    arguments: [
      Answer("412", [.error(.preconditionFailed)], "SourceReplaced"),
      Answer("416", [.error(.invalidRange)], "SourceReplaced"),
      Answer("404", [.error(.noSuchKey)], "NoSuchKey"),
      Answer("403", [.error(.accessDenied)], "AccessDenied"),
      Answer(
        "another tag",
        [.respond(206, [("ETag", "\"o\""), ("Content-Range", "bytes 0-65535/100000")], pattern(65_536))],
        "SourceReplaced"),
      Answer(
        "another size", [.respond(206, [("Content-Range", "bytes 0-65535/100001")], pattern(65_536))], "SourceReplaced"),
      Answer(
        "another range", [.respond(206, [("Content-Range", "bytes 1-65536/100000")], pattern(65_536))],
        "InvalidResponse"),
      Answer("the whole of another object", [.respond(200, [], pattern(99_999))], "SourceReplaced"),
    ])
  func final(answer: Answer) async throws {
    var object = ObjectServer(pattern(100_000))
    object.fault = { _ in answer.steps }
    try await withSource(object) { (source, server) throws in
      let error = #expect(throws: ObjectStoreError.self) { try source.piece(10, at: 0) }
      #expect(error?.code == answer.code)
      #expect(error?.isRetryable == false)
      #expect(server.requests.count == 1)
    }
  }

  @Test("an object replaced in the middle is noticed, not mixed")
  func replaced() async throws {
    var object = ObjectServer(pattern(10 << 20))
    object.fault = { $0.index > 2 ? [.error(.preconditionFailed)] : nil }
    let bytes = object.bytes
    try await withSource(object) { (source, server) throws in
      var offset: Int64 = 0
      let error = #expect(throws: ObjectStoreError.self) {
        while offset < source.size {
          let piece = try source.piece(10_000, at: offset)
          #expect(piece.elementsEqual(bytes[Int(offset)..<(Int(offset) + piece.count)]))
          offset += Int64(piece.count)
        }
      }
      #expect(error?.code == "SourceReplaced")
      #expect(offset > 0)
    }
  }

  @Test("a server without ranges serves a small object whole")
  func noRanges() async throws {
    var object = ObjectServer(pattern(50_000))
    let bytes = object.bytes
    object.fault = { _ in [.object(bytes)] }
    try await withSource(object) { (source, server) throws in
      #expect(try source.bytes(0..<source.size) == bytes)
    }
  }

  @Test("an empty object has nothing to fetch")
  func empty() async throws {
    try await withSource(ObjectServer([])) { (source, server) throws in
      #expect(try source.piece(10, at: 0).isEmpty)
      #expect(server.requests.isEmpty)
    }
  }

  @Test("closing ends a read that waits; later reads fail", .timeLimit(.minutes(1)))
  func close() async throws {
    var object = ObjectServer(pattern(100_000))
    let arrived = Gate()
    object.fault = { _ in
      arrived.open()
      return [.stall]
    }
    try await withClient { [object] in
      object.answer($0)
    } _: { client, server in
      let source = try client.open("v.mp4", in: "my-bucket", info: object.info)
      let read = Task {
        try await DedicatedThread.run(name: "reader") { try source.piece(10, at: 0) }
      }
      await arrived.opened()
      source.close()
      let error = await storeError { _ = try await read.value }
      #expect(error?.code == "Cancelled")
      #expect(error?.isRetryable == false)
      #expect(await storeError { _ = try source.piece(10, at: 0) }?.code == "Cancelled")
      server.waitForClientToLeave()
    }
  }

  @Test("closing ends the wait between two tries", .timeLimit(.minutes(1)))
  func closeWhileWaiting() async throws {
    let arrived = Gate()
    let patient = RetryPolicy(maximumAttempts: 5, baseDelay: .seconds(100_000), maximumDelay: .seconds(100_000))
    try await withClient(retry: patient) { request in
      if request.index == 1 { arrived.open() }
      return [.error(.slowDown)]
    } _: { client, server in
      let source = try client.open("v.mp4", in: "my-bucket", info: ObjectServer(pattern(1000)).info)
      let read = Task {
        try await DedicatedThread.run(name: "reader") { try source.piece(10, at: 0) }
      }
      await arrived.opened()
      source.close()
      #expect(await storeError { _ = try await read.value }?.code == "Cancelled")
    }
  }
}
