import Encodings
import Checksums
import FoundationEssentials
package import HTTPTransport
package import Core
import SigV4

/// Publishes to a sink that takes CloudEvents 1.0 over HTTP, a Knative broker say, in binary content mode.
///
/// <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>
package final class CloudEventsClient: EventPublisher {
  private let configuration: CloudEventsConfiguration
  private let http: any HTTPClient
  private let clock: WallClock

  package init(configuration: CloudEventsConfiguration, http: any HTTPClient, clock: WallClock = .system) {
    self.configuration = configuration
    self.http = http
    self.clock = clock
  }

  /// With a key, events have the same id in every try: receivers know a repetition by source and id.
  package func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {
    let now = clock.now()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, entry) in entries.enumerated() {
        if index >= configuration.concurrency { try await group.next() }
        let id = idempotencyKey.map { Digest.sha256(Array("\($0)/\(index)".utf8)).hexString } ?? RequestID.make()
        group.addTask { try await self.publish(entry, id: id, at: entry.time ?? now) }
      }
      try await group.waitForAll()
    }
  }

  private func publish(_ entry: PutEventsEntry, id: String, at time: Date) async throws {
    var headers = HTTPHeaders([("content-type", "application/json")])
    let attributes = [
      ("specversion", "1.0"), ("id", id), ("source", entry.source), ("type", entry.detailType),
      ("time", time.iso8601(milliseconds: true)),
    ]
    for (name, value) in attributes + configuration.extensions.sorted(by: { $0.key < $1.key }) {
      headers.add("ce-\(name)", Self.headerValue(value))
    }
    let request = HTTPRequest(
      method: "POST", url: configuration.sink, headers: headers, body: try JSON.encode(entry.detail))
    try await configuration.retry.run { _ in
      let response = try await http.send(request)
      guard !(200..<300).contains(response.status) else { return }
      throw ServiceError(
        code: "HTTPStatus\(response.status)",
        message: "the sink \(configuration.sink) answered the event '\(entry.detailType)' with status "
          + "\(response.status)",
        httpStatus: response.status)
    }
  }

  /// What is no printable ASCII, and quotes and percent signs, are percent-encoded (3.1.3.2).
  private static func headerValue(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      (0x21...0x7E).contains(scalar.value) && scalar != "\"" && scalar != "%"
        ? String(scalar) : PercentEncoding.encode(String(scalar))
    }
    .joined()
  }
}
