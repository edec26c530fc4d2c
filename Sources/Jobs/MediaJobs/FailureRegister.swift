package import Core
import Logging

/// Hands a failure to the service whose event it is about, and writes a general document about those that are of no service,
/// so that each failure is written down.
package struct FailureRegister: Sendable {
  private let services: JobServices
  private let recorders: [FailureOrigin: any FailureRecording]
  /// Where the general documents go: `failures/REQUEST.json` in this bucket.
  private let bucket: String

  /// What is written about an event that no service knows.
  package struct Document: Sendable, Codable, Equatable {
    package var status: JobStatus
    package var reason: String
    package var function: String
    package var event: JSONValue
    /// Milliseconds since 1970.
    package var failedAt: Int64
  }

  /// - Precondition: no two recorders have an origin in common.
  package init(services: JobServices, recorders: [any FailureRecording], bucket: String) {
    self.services = services
    self.recorders = Dictionary(uniqueKeysWithValues: recorders.flatMap { one in one.origins.map { ($0, one) } })
    self.bucket = bucket
  }

  /// - Throws: `InvocationFailure.Invalid`; what another try may mend.
  package func record(_ record: JSONValue, requestID: String) async throws {
    let failure = try InvocationFailure(record: record)
    let recorder = failure.origins.lazy.compactMap { recorders[$0] }.first
    if try await recorder?.record(failure, requestID: requestID) == true { return }
    let document = Document(
      status: .failed, reason: failure.reason, function: failure.functionARN, event: failure.event,
      failedAt: services.clock.now().millisecondsSince1970)
    let id = failure.requestID.isEmpty ? requestID : failure.requestID
    try await services.documents.write(document, at: Self.key(id), in: bucket)
    services.logger.warning("failure of an unknown event written down", metadata: ["key": "\(Self.key(id))"])
  }

  /// - Parameter id: comes with the event; only letters, digits, `-` and `_` of it become part of the key.
  static func key(_ id: String) -> String {
    let safe = id.prefix(128).filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    return "failures/\(safe.isEmpty ? "unknown" : String(safe)).json"
  }
}
