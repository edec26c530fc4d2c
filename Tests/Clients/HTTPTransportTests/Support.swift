import HTTPTransport
import LoopbackServer
import Core
import Testing

/// A server and a client, both ended afterwards.
func withServer<Result>(
  configuration: CurlTransport.Configuration = .init(),
  _ script: @escaping @Sendable (ReceivedRequest) -> [LoopbackServer.Step],
  _ body: (LoopbackServer, CurlTransport) async throws -> Result
) async throws -> Result {
  let server = try LoopbackServer(script)
  defer { server.stop() }
  let http = CurlTransport(configuration: configuration)
  defer { http.shutdown() }
  return try await body(server, http)
}

/// The transport's error that `body` throws.
func transportError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> TransportError? {
  do {
    try await body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as TransportError {
    return error
  } catch {
    Issue.record("\(error) is not a TransportError", sourceLocation: sourceLocation)
  }
  return nil
}

/// Bytes that differ from place to place.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

/// Reads a stream to its end in pieces of at most `piece` bytes; keeps what came before a failure.
func drain(_ stream: any HTTPBodyStream, piece: Int) -> (bytes: [UInt8], error: (any Error)?) {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: piece)
  while true {
    do {
      let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
      if count == 0 { return (bytes, nil) }
      bytes += buffer[..<count]
    } catch {
      return (bytes, error)
    }
  }
}

func expectStatus(
  _ status: Int, from http: CurlTransport, _ request: HTTPRequest,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let response = try await http.send(request)
  #expect(response.status == status, sourceLocation: sourceLocation)
}
