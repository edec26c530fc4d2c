import Core
package import LambdaEvents
import Synchronization

/// Takes a streamed result piece by piece and suspends while the platform cannot take more.
package final class ResponseWriter: Sendable {
  /// Where the bytes go once the result has begun.
  typealias Opening = @Sendable (_ contentType: String) async throws -> any ResponseStream

  /// Sends an answer with a reference, piece by piece.
  typealias Resolution = @Sendable (_ answer: HTTPResult, _ writer: ResponseWriter) async throws -> Void

  private let open: Opening
  private let resolve: Resolution?
  private let stream = Mutex<(any ResponseStream)?>(nil)

  /// - Parameter resolve: sends answers with references; nil: the platform does.
  init(resolve: Resolution? = nil, _ open: @escaping Opening) {
    self.open = open
    self.resolve = resolve
  }

  /// Begins a result of that type; without it, the first `write` begins one of bytes.
  ///
  /// - Throws: `AlreadyBegun`, or `StreamClosed` if the platform does not take the result.
  package func begin(contentType: String) async throws {
    guard !hasBegun else { throw AlreadyBegun() }
    let opened = try await open(contentType)
    stream.withLock { $0 = opened }
  }

  /// Begins an HTTP answer: status, headers and cookies, and the first bytes of the body if `head` has any.
  ///
  /// An answer with a reference is the whole answer: nothing may be written after it.
  ///
  /// - Throws: as `begin(contentType:)` does.
  package func begin(_ head: HTTPResult) async throws {
    if let resolve, case .reference = head.body { return try await resolve(head, self) }
    try await begin(contentType: StreamPrelude.contentType)
    try await write(StreamPrelude.encode(head) + (head.bytes ?? []))
  }

  /// Adds to the result.
  ///
  /// - Throws: `StreamClosed` once the platform takes no more, because the caller has left, say.
  package func write(_ bytes: [UInt8]) async throws {
    if !hasBegun { try await begin(contentType: "application/octet-stream") }
    guard !bytes.isEmpty else { return }
    try await stream.withLock(\.self)?.write(bytes)
  }

  package var hasBegun: Bool { stream.withLock { $0 != nil } }

  /// - Parameter failure: why the result is incomplete.
  func finish(_ failure: FunctionFailure?) async throws {
    if !hasBegun { try await begin(contentType: "application/octet-stream") }
    try await stream.withLock(\.self)?.finish(failure)
  }

  /// The handler began its result twice.
  package struct AlreadyBegun: ClassifiedError {
    package var code: String { "ResponseAlreadyBegun" }
    package var message: String { "the result has begun already; its head cannot be changed" }
    package var isRetryable: Bool { false }
  }
}

/// The platform takes no more of a streamed result.
package struct StreamClosed: ClassifiedError {
  package let message: String
  package var code: String { "StreamClosed" }
  package var isRetryable: Bool { false }
}

/// A streamed result on its way to the platform.
protocol ResponseStream: Sendable {
  /// - Throws: `StreamClosed`.
  func write(_ bytes: [UInt8]) async throws

  /// - Parameter failure: why the result is incomplete; `nil`: it is complete.
  /// - Throws: as `RuntimeAPIClient.respond` does.
  func finish(_ failure: FunctionFailure?) async throws
}
