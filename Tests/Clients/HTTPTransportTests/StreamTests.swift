import HTTPTransport
import LoopbackServer
import Core
import Testing

@Suite("Streams")
struct StreamTests {
  @Test("the head comes first, then every byte, through a small buffer and in uneven pieces")
  func content() async throws {
    let body = pattern(3_000_001)
    try await withServer { _ in
      [.respond(206, [("ETag", "\"e\"")], body)]
    } _: { server, http in
      let stream = try http.open(HTTPRequest(url: server.url), bufferLimit: 1)
      try await DedicatedThread.run(name: "reader") {
        let head = try stream.response()
        #expect(head.status == 206)
        #expect(head.headers["etag"] == "\"e\"")
        let (bytes, error) = drain(stream, piece: 7001)
        #expect(bytes == body)
        #expect(error == nil)
        #expect(stream.receivedBytes == Int64(body.count))
        #expect(try stream.response().status == 206)
        #expect(drain(stream, piece: 10).bytes.isEmpty)
      }
    }
  }

  @Test("a slow reader stops the server, and no other transfer")
  func backPressure() async throws {
    // More than every buffer between server and reader together can hold.
    let size = 64 << 20
    let finished = Gate()
    try await withServer { request in
      guard request.target == "/stream" else { return [.respond(200)] }
      return [
        .send(LoopbackServer.Step.head(200, [("Content-Length", "\(size)")])),
        .sendUntilBlocked(pattern(1 << 20), times: size >> 20, then: finished),
      ]
    } _: { server, http in
      let stream = try http.open(HTTPRequest(url: server.url + "/stream"), bufferLimit: 64 << 10)
      await finished.opened()
      #expect(server.blocked == 1)
      for _ in 0..<5 { try await expectStatus(200, from: http, HTTPRequest(url: server.url)) }
      let total = try await DedicatedThread.run(name: "reader") {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var total = 0
        while true {
          let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
          if count == 0 { return total }
          total += count
        }
      }
      #expect(total == size)
    }
  }

  @Test("a slow reader is no stall")
  func slowReaderDoesNotStall() async throws {
    let body = pattern(16 << 20)
    try await withServer { request in
      request.target == "/stream" ? [.respond(200, [], body)] : [.stall]
    } _: { server, http in
      var request = HTTPRequest(url: server.url + "/stream")
      request.stallTimeout = .milliseconds(100)
      let stream = try http.open(request, bufferLimit: 64 << 10)
      // Another transfer's stall tells that at least as much time has passed.
      request.url = server.url + "/other"
      #expect(await transportError { _ = try await http.send(request) }?.kind == .timedOut)
      #expect(await transportError { _ = try await http.send(request) }?.kind == .timedOut)
      let (bytes, error) = try await DedicatedThread.run(name: "reader") { drain(stream, piece: 1 << 20) }
      #expect(error == nil)
      #expect(bytes == body)
    }
  }

  @Test("what came before a failure is read before the failure")
  func failureInTheMiddle() async throws {
    try await withServer { _ in
      [.send(LoopbackServer.Step.head(200, [("Content-Length", "100000")]) + pattern(60_000)), .close]
    } _: { server, http in
      let stream = try http.open(HTTPRequest(url: server.url), bufferLimit: 1 << 20)
      let (bytes, error) = try await DedicatedThread.run(name: "reader") { drain(stream, piece: 1000) }
      #expect(bytes == pattern(60_000))
      #expect((error as? TransportError)?.kind == .connectionReset)
    }
  }

  @Test("a failure before the head comes out of both calls")
  func failureBeforeHead() async throws {
    try await withServer { _ in
      [.reset]
    } _: { server, http in
      let stream = try http.open(HTTPRequest(url: server.url), bufferLimit: 0)
      try await DedicatedThread.run(name: "reader") {
        #expect(throws: TransportError.self) { try stream.response() }
        #expect(drain(stream, piece: 10).error is TransportError)
      }
    }
  }

  @Test("cancelling wakes a reader that waits and closes the connection")
  func cancel() async throws {
    let arrived = Gate()
    try await withServer { _ in
      arrived.open()
      return [.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"), .stall]
    } _: { server, http in
      let stream = try http.open(HTTPRequest(url: server.url), bufferLimit: 0)
      async let read = DedicatedThread.run(name: "reader") { drain(stream, piece: 100) }
      await arrived.opened()
      stream.cancel()
      #expect((try await read.error as? TransportError)?.kind == .cancelled)
      #expect(await transportError { _ = try stream.response() }?.kind == .cancelled)
      server.waitForClientToLeave()
    }
  }

  @Test("a stream that is released is cancelled")
  func release() async throws {
    let arrived = Gate()
    try await withServer { _ in
      arrived.open()
      return [.stall]
    } _: { server, http in
      var stream: (any HTTPBodyStream)? = try http.open(HTTPRequest(url: server.url), bufferLimit: 0)
      await arrived.opened()
      withExtendedLifetime(stream) {}
      stream = nil
      server.waitForClientToLeave()
    }
  }

  @Test("a connection is used again after its stream was read to the end")
  func reuse() async throws {
    try await withServer { _ in
      [.respond(200, [], pattern(500_000))]
    } _: { server, http in
      for _ in 0..<4 {
        let stream = try http.open(HTTPRequest(url: server.url), bufferLimit: 0)
        let (bytes, _) = try await DedicatedThread.run(name: "reader") { drain(stream, piece: 65536) }
        #expect(bytes.count == 500_000)
      }
      #expect(server.accepted == 1)
    }
  }

  @Test("many streams at once, each with its own reader")
  func parallel() async throws {
    try await withServer { request in
      [.respond(200, [], pattern(300_000 + request.target.utf8.count))]
    } _: { server, http in
      let url = server.url
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<12 {
          group.addTask {
            let target = "/" + String(repeating: "x", count: number)
            let stream = try http.open(HTTPRequest(url: url + target), bufferLimit: 40_000)
            let (bytes, error) = try await DedicatedThread.run(name: "reader") { drain(stream, piece: 999 + number) }
            return error == nil && bytes == pattern(300_001 + number)
          }
        }
        for try await whole in group { #expect(whole) }
      }
    }
  }
}
