import FunctionHost
import HTTPServer
import HTTPTypes
import HummingbirdCore
import LambdaEvents
import Logging
import NIOCore

/// One invocation on behalf of a client: ended when the client leaves, its answer passed on as it comes.
struct GatewayInvocation: Sendable {
  let target: GatewayTarget
  let request: InvocationRequest
  let presence: ClientPresence?
  let invoke: @Sendable (_ function: String, _ request: InvocationRequest) async -> InvocationResult
  let logger: Logger
  let cleanUp: @Sendable () -> Void
  /// Asks whether the body is to be read.
  var isCheck = false

  /// Why a streamed answer ends before its end.
  struct BrokenOff: Error {}

  /// Runs the function until it has said what the answer is.
  ///
  /// - Throws: `Refusal`.
  func answer() async throws(Refusal) -> (answer: HTTPResult, rest: StreamedRest?) {
    let cancellation = request.cancellation
    let watch = presence?.whenGone { cancellation?.raise() }
    let release = Release { [presence, cleanUp] in
      if let watch { presence?.forget(watch) }
      cleanUp()
    }
    let timer = target.timeout.map { timeout in
      Task {
        try await Task.sleep(for: timeout)
        cancellation?.raise()
      }
    }
    defer { timer?.cancel() }
    guard let stream = request.stream else {
      defer { release() }
      return (try buffered(await invoke(target.function, request)), nil)
    }
    let running = Task { [invoke, target, request] in
      let result = await invoke(target.function, request)
      stream.finish()
      return result
    }
    guard let first = await stream.next() else {
      release()
      return (try buffered(await running.value), nil)
    }
    do {
      return try await streamed(StreamedRest(stream: stream, running: running, release: release), first)
    } catch {
      cancellation?.raise()
      stream.abandon()
      release()
      throw error
    }
  }

  func response(for made: (answer: HTTPResult, rest: StreamedRest?)) -> Response {
    let status = HTTPResponse.Status(code: made.answer.status)
    guard let rest = made.rest else {
      return Response(
        status: status, headers: made.answer.fields,
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: made.answer.bytes ?? [])))
    }
    let cancellation = request.cancellation
    return Response(
      status: status, headers: made.answer.fields,
      body: ResponseBody { writer in
        defer { rest.release() }
        do {
          if rest.first.readableBytes > 0 { try await writer.write(rest.first) }
          while let part = await rest.stream.next() { try await writer.write(part) }
          switch await rest.running.value.outcome {
          // What the function did not stream.
          case .success(let body): if !body.isEmpty { try await writer.write(ByteBuffer(bytes: body)) }
          // The client must not take what it has for the whole.
          case .failure, .refused: throw BrokenOff()
          }
          try await writer.finish(nil)
        } catch {
          cancellation?.raise()
          rest.stream.abandon()
          throw error
        }
      })
  }

  // MARK: Kinds of answer

  private func buffered(_ result: InvocationResult) throws(Refusal) -> HTTPResult {
    switch result.outcome {
    case .success(let bytes):
      do {
        // A function that returned nothing answers with nothing.
        return try finished(bytes.isEmpty ? HTTPResult() : HTTPResult(json: bytes))
      } catch {
        throw unusable(error)
      }
    case .failure(let failure):
      switch failure.kind {
      case .timedOut: throw .timedOut
      // It took longer than the route allows; for a client that has left it makes no difference.
      case .cancelled: throw .unavailable
      default: throw .failed(target)
      }
    case .refused(.throttled): throw .throttled
    case .refused(.unknownFunction): throw .failed(target)
    case .refused: throw .unavailable
    }
  }

  private func streamed(
    _ rest: StreamedRest, _ first: ByteBuffer
  ) async throws(Refusal) -> (answer: HTTPResult, rest: StreamedRest?) {
    var rest = rest
    guard rest.stream.contentType?.lowercased().hasPrefix(StreamPrelude.contentType) == true else {
      rest.first = first
      return (.bytes([], contentType: rest.stream.contentType ?? "application/octet-stream"), rest)
    }
    var parser = StreamPrelude.Parser()
    var part = first
    while true {
      do {
        if case .head(let answer, let left) = try parser.take(part.readableBytesView) {
          rest.first = ByteBuffer(bytes: left)
          return (try finished(answer), rest)
        }
      } catch {
        throw unusable(error)
      }
      guard let next = await rest.stream.next() else {
        _ = try buffered(await rest.running.value)
        throw .failed(target)
      }
      part = next
    }
  }

  /// 100 means something to a body check only, which is no request of a client.
  private func finished(_ result: HTTPResult) throws(InvalidHTTPResult) -> HTTPResult {
    guard result.status >= 200 || result.status == 100 && isCheck else {
      throw InvalidHTTPResult(message: "statusCode must be from 200 to 599, found \(result.status)")
    }
    return result
  }

  private func unusable(_ error: any Error) -> Refusal {
    logger.warning(
      "A function's result is no HTTP answer", metadata: ["function": "\(target.function)", "error": "\(error)"])
    return .failed(target)
  }
}

/// What of a streamed answer is still to come.
struct StreamedRest: Sendable {
  /// What came with the metadata.
  var first = ByteBuffer()
  let stream: ResponseStream
  let running: Task<InvocationResult, Never>
  /// The client's departure is of no interest any more.
  let release: Release

  /// Nothing more of it is wanted.
  func discard() {
    stream.abandon()
    release()
  }
}
