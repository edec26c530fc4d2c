import HTTPTransport
import LambdaEvents
import Logging
import ReferenceAnswers
import Synchronization

/// Answers with references on a platform that does not know them.
final class ReferenceResolution: Sendable {
  private let environment: [String: String]
  private let http: any HTTPClient
  private let logger: Logger
  private let made = Mutex<ReferenceAnswers?>(nil)

  /// Reads nothing yet: most functions never answer with a reference.
  ///
  /// - Parameter environment: `FUNCTION_URL_INVOKE_MODE` is `RESPONSE_STREAM` if the function's URL is; Lambda itself does
  ///   not tell its functions.
  init(environment: [String: String], http: any HTTPClient, logger: Logger) {
    self.environment = environment
    self.http = http
    self.logger = logger
  }

  /// A result on its way.
  struct Resolved: Sendable {
    let answers: ReferenceAnswers
    let answer: HTTPResult
    let event: HTTPEvent
    let invocation: Invocation
    let isStreamed: Bool

    func buffered() async throws -> [UInt8] {
      try await answers.buffered(answer, to: event, deadline: invocation.deadline).json()
    }

    func send(to writer: ResponseWriter) async throws {
      try await answers.stream(answer, to: event, deadline: invocation.deadline) { head in
        try await writer.begin(head)
      } write: { bytes in
        try await writer.write(bytes)
      }
    }
  }

  /// - Returns: nil if there is nothing to resolve.
  /// - Throws: `ConfigurationError` if the environment does not say where the store is.
  func begin(_ result: [UInt8], of invocation: Invocation) throws -> Resolved? {
    guard !invocation.resolvesReferences, let answer = ReferenceAnswers.reference(in: result),
      let event = try? HTTPEvent(json: invocation.event)
    else { return nil }
    let isStreamed =
      environment["FUNCTION_URL_INVOKE_MODE"] == "RESPONSE_STREAM"
      && event.requestContext.domainName.contains(".lambda-url.")
    return Resolved(
      answers: try answers(), answer: answer, event: event, invocation: invocation, isStreamed: isStreamed)
  }

  /// How a streamed answer's reference is sent; nil: the platform does.
  func resolution(of invocation: Invocation) -> ResponseWriter.Resolution? {
    guard !invocation.resolvesReferences else { return nil }
    return { [self] answer, writer in
      let event = try HTTPEvent(json: invocation.event)
      try await Resolved(
        answers: answers(), answer: answer, event: event, invocation: invocation, isStreamed: true
      ).send(to: writer)
    }
  }

  private func answers() throws -> ReferenceAnswers {
    if let answers = made.withLock(\.self) { return answers }
    let answers = try ReferenceAnswers(environment: environment, http: http, logger: logger)
    made.withLock { $0 = answers }
    return answers
  }
}
