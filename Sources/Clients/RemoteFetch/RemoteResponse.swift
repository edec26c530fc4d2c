package import HTTPTransport
import Core

/// An answer whose body is read in pieces, each of which counts against the budget.
package final class RemoteResponse: Sendable {
  /// Where the last redirect led.
  package let url: RemoteURL
  package let status: Int
  package let headers: HTTPHeaders
  private let stream: any HTTPBodyStream
  private let budget: RemoteBudget

  init(url: RemoteURL, status: Int, headers: HTTPHeaders, stream: any HTTPBodyStream, budget: RemoteBudget) {
    self.url = url
    self.status = status
    self.headers = headers
    self.stream = stream
    self.budget = budget
  }

  /// Bytes of the body; `nil` where the server does not say.
  package var length: Int64? { headers["content-length"].flatMap { Int64($0) } }

  /// Blocks until there is something.
  ///
  /// - Returns: 0 at the end.
  /// - Throws: `RemoteFetchError`.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    do {
      let count = try stream.read(into: buffer)
      try budget.take(count)
      return count
    } catch let error as TransportError {
      throw Self.failure(error, url, budget)
    }
  }

  package func cancel() { stream.cancel() }

  /// What a status that is not wanted means.
  package var failure: RemoteFetchError {
    RemoteFetchError(
      .sourceFailed, "\(url.subject) was answered with status \(status)", isRetryable: status >= 500 || status == 429)
  }

  static func failure(_ error: TransportError, _ url: RemoteURL, _ budget: RemoteBudget) -> RemoteFetchError {
    if error.kind == .cancelled { return RemoteFetchError(.cancelled, "the download was cancelled") }
    if error.kind == .timedOut, budget.timeLeft <= .zero { return budget.tooSlow() }
    return RemoteFetchError(.sourceFailed, error.message, isRetryable: error.isRetryable)
  }
}
