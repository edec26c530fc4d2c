import Core
import HTTPServer
import HTTPTypes
import HummingbirdCore
import LambdaEvents
import NIOCore

/// Bodies that no event can hold: checked by the function first, then spooled, and passed by reference.
extension Gateway {
  /// Bytes of a body that the function sees when it checks.
  static let checkedBytes = 64 << 10

  enum Body {
    /// In the event.
    case event(HTTPEvent)
    case spooled(HTTPEvent, BodySpool)
    /// The function does not want it.
    case refused(Response)
  }

  /// Reads the body of a request to a function that takes large ones.
  ///
  /// - Throws: `Refusal`; what reading the body throws.
  func largeBody(_ call: GatewayCall, _ event: HTTPEvent, limit: Int64) async throws -> Body {
    guard let scratch else { throw Refusal.unavailable }
    let headers = call.request.headers
    let length = headers[.contentLength].flatMap(Int64.init)
    if let length, length > limit { throw Refusal.tooLarge }
    if let length, !scratch.hasRoom(for: length) { throw Refusal.scratchFull }
    // A client that waits for 100 Continue gets it after the function has seen the head.
    if headers[.expect]?.lowercased() == "100-continue", let refusal = try await check(call, event, []) {
      return .refused(refusal)
    }
    var iterator = call.request.body.makeAsyncIterator()
    var beginning = ByteBuffer()
    var isWhole = false
    while beginning.readableBytes < Self.checkedBytes {
      guard let more = try await iterator.next() else {
        isWhole = true
        break
      }
      beginning.writeImmutableBuffer(more)
    }
    if isWhole {
      var event = event
      event.setBody(Array(buffer: beginning))
      return .event(event)
    }
    if let refusal = try await check(call, event, Array(beginning.readableBytesView.prefix(Self.checkedBytes))) {
      return .refused(refusal)
    }
    let spool = BodySpool(scratch, requestID: call.context.requestID, limit: limit)
    do {
      let body = RequestBody(asyncSequence: ResumedBody(beginning: beginning, rest: iterator))
      let parts = try await spool.store(body, contentType: headers[.contentType])
      var event = event
      var extra = event.requestContext.zoetrope ?? .init()
      extra.parts = parts
      event.requestContext.zoetrope = extra
      return .spooled(event, spool)
    } catch {
      spool.remove()
      throw error
    }
  }

  /// - Returns: nil if the function accepts the body.
  private func check(_ call: GatewayCall, _ event: HTTPEvent, _ beginning: [UInt8]) async throws -> Response? {
    var event = event
    event.setBody(beginning)
    var extra = event.requestContext.zoetrope ?? .init()
    extra.phase = "check"
    event.requestContext.zoetrope = extra
    var invocation = invocation(call, event.json(), requestID: RequestID.make())
    invocation.isCheck = true
    let made = try await invocation.answer()
    if made.answer.status == 100 {
      made.rest?.discard()
      return nil
    }
    var response = invocation.response(for: made)
    response.headers[.connection] = "close"
    return response
  }
}

extension Refusal {
  static let scratchFull = Refusal(status: .init(code: 507), message: "Insufficient Storage", closes: true)
}

/// A body of which the beginning has been read; for one reader.
private struct ResumedBody: AsyncSequence, Sendable {
  let beginning: ByteBuffer
  nonisolated(unsafe) let rest: RequestBody.AsyncIterator

  struct AsyncIterator: AsyncIteratorProtocol {
    var beginning: ByteBuffer?
    var rest: RequestBody.AsyncIterator

    mutating func next() async throws -> ByteBuffer? {
      if let first = beginning {
        beginning = nil
        return first
      }
      return try await rest.next()
    }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(beginning: beginning, rest: rest) }
}
