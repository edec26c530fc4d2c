import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Watches how far the body of a request was read, and asks for it (`100 Continue`) when a reader wants the first byte:
/// a service that authorises before it reads thereby refuses a body before the client sends it.
///
/// Hummingbird does not answer `Expect: 100-continue`; every boto3 and curl upload would wait a second for it.
/// https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
final class BodyObserver: Sendable {
  private struct State {
    var begun = false
    var finished: Bool
  }

  let hasBody: Bool
  private let expectsContinue: Bool
  private let smallRest: Bool
  private let channel: any Channel
  private let state: Mutex<State>

  init(_ head: HTTPRequest, channel: any Channel) {
    let length = head.headerFields[.contentLength].flatMap(Int64.init)
    hasBody = (length ?? 0) > 0 || head.headerFields[.transferEncoding] != nil
    expectsContinue = head.headerFields[.expect]?.lowercased() == "100-continue"
    smallRest = length.map { $0 <= 65_536 } ?? false
    self.channel = channel
    state = Mutex(State(finished: !hasBody))
  }

  /// Whether the connection cannot be used for another request, because too much of the body was left unread or the
  /// client may never send it.
  var mustClose: Bool {
    state.withLock { !$0.finished && (expectsContinue && !$0.begun || !smallRest) }
  }

  /// An empty body is asked for as well: botocore takes a final answer that comes instead for the interim one, and waits a
  /// minute for the next.
  func beginEmpty() async throws {
    if !hasBody, expectsContinue { try await begin() }
  }

  fileprivate func begin() async throws {
    let isFirst = state.withLock { state in
      defer { state.begun = true }
      return !state.begun
    }
    if isFirst, expectsContinue {
      try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
    }
  }

  fileprivate func finish() {
    state.withLock { $0.finished = true }
  }
}

/// The body of a request, observed.
struct ObservedBody: AsyncSequence, Sendable {
  let base: RequestBody
  let observer: BodyObserver

  struct AsyncIterator: AsyncIteratorProtocol {
    var base: RequestBody.AsyncIterator
    let observer: BodyObserver
    var begun = false

    mutating func next() async throws -> ByteBuffer? {
      if !begun {
        begun = true
        try await observer.begin()
      }
      if let buffer = try await base.next() { return buffer }
      observer.finish()
      return nil
    }
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(base: base.makeAsyncIterator(), observer: observer)
  }
}
