import HTTPTransport
import LoopbackServer
import Testing

@Suite("Cancellation and shutdown")
struct LifetimeTests {
  @Test("cancelling the task ends the transfer and closes the connection")
  func cancel() async throws {
    let arrived = Gate()
    try await withServer { _ in
      arrived.open()
      return [.stall]
    } _: { server, http in
      let url = server.url
      let task = Task { try await http.send(HTTPRequest(url: url)) }
      await arrived.opened()
      task.cancel()
      let error = await transportError { _ = try await task.value }
      #expect(error?.kind == .cancelled)
      #expect(error?.isRetryable == false)
      server.waitForClientToLeave()
    }
  }

  @Test("a task that was cancelled before is not carried out")
  func cancelledBefore() async throws {
    try await withServer { _ in
      [.stall]
    } _: { server, http in
      let url = server.url
      let gate = Gate()
      let task = Task {
        await gate.opened()
        return try await http.send(HTTPRequest(url: url))
      }
      task.cancel()
      gate.open()
      #expect(await transportError { _ = try await task.value }?.kind == .cancelled)
    }
  }

  @Test("a request that waits for its turn can be cancelled, and the next one gets its turn")
  func cancelWaiting() async throws {
    var configuration = CurlTransport.Configuration()
    configuration.maximumConnectionsPerHost = 1
    let arrived = Gate()
    let release = Gate()
    try await withServer(configuration: configuration) { request in
      guard request.target == "/first" else { return [.respond(200)] }
      arrived.open()
      return [.hold(release), .respond(200)]
    } _: { server, http in
      let url = server.url
      let first = Task { try await http.send(HTTPRequest(url: url + "/first")) }
      await arrived.opened()
      let waiting = Task { try await http.send(HTTPRequest(url: url + "/waiting")) }
      let last = Task { try await http.send(HTTPRequest(url: url + "/last")) }
      waiting.cancel()
      #expect(await transportError { _ = try await waiting.value }?.kind == .cancelled)
      release.open()
      let firstResponse = try await first.value
      #expect(firstResponse.status == 200)
      let lastResponse = try await last.value
      #expect(lastResponse.status == 200)
      #expect(Set(server.requests.map(\.target)) == ["/first", "/last"])
    }
  }

  @Test("shutting down fails what is under way and whatever comes later")
  func shutdown() async throws {
    let arrived = Gate()
    try await withServer { _ in
      arrived.open()
      return [.stall]
    } _: { server, http in
      let url = server.url
      let task = Task { try await http.send(HTTPRequest(url: url)) }
      await arrived.opened()
      let stream = try http.open(HTTPRequest(url: "http://127.0.0.1:9"), bufferLimit: 0)
      http.shutdown()
      #expect(await transportError { _ = try await task.value }?.kind == .shutDown)
      #expect(await transportError { _ = try await http.send(HTTPRequest(url: url)) }?.kind == .shutDown)
      #expect(await transportError { _ = try http.open(HTTPRequest(url: url), bufferLimit: 0) }?.kind == .shutDown)
      #expect(await transportError { _ = try stream.response() } != nil)
      http.shutdown()
    }
  }

  @Test("a transport that was never used can be shut down")
  func unused() async {
    let http = CurlTransport()
    http.shutdown()
    let error = await transportError { _ = try await http.send(HTTPRequest(url: "http://127.0.0.1:9")) }
    #expect(error?.kind == .shutDown)
  }

  @Test("many transfers started and cancelled at random all end")
  func storm() async throws {
    try await withServer { request in
      switch request.index % 4 {
      case 0: [.reset]
      case 1: [.respond(200, [], pattern(50_000))]
      case 2: [.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12"), .close]
      default: [.stall]
      }
    } _: { server, http in
      let url = server.url
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            var request = HTTPRequest(url: url)
            request.stallTimeout = .milliseconds(300)
            if number % 3 == 0 { request.totalTimeout = .milliseconds(Int64.random(in: 0...50)) }
            let task = Task { [request] in try await http.send(request) }
            if number % 5 == 0 { task.cancel() }
            _ = await task.result
          }
        }
      }
      let response = try await sendUntilAnswered(http, url)
      #expect(response.status == 200)
    }
  }

  private func sendUntilAnswered(_ http: CurlTransport, _ url: String) async throws -> HTTPResponse {
    var last: (any Error)?
    for _ in 0..<10 {
      var request = HTTPRequest(url: url)
      request.stallTimeout = .milliseconds(300)
      do { return try await http.send(request) } catch { last = error }
    }
    throw last!
  }
}
