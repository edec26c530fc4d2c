import Encodings
import AWSCredentials
import Checksums
import FoundationEssentials
package import HTTPTransport
package import Core
import SigV4

/// Publishes to EventBridge, or to whatever speaks its protocol at the configured endpoint.
///
/// Entries travel in batches of at most 10 entries and 256 KiB. A batch is tried again as a whole where the request
/// failed (transport, throttling, server error), and with only those entries which were refused for the moment where it
/// partly failed. Entries that can never be accepted are found before the first request where possible.
package final class EventBridgeClient: EventPublisher {
  /// Carries the idempotency key: `key/batch`, and `key/batch/round` for what is left of a partly failed batch, so that
  /// one value always stands for the same entries. Percent-encoded but for slashes; a long key is replaced by its
  /// SHA-256, so that the value has at most 600 bytes.
  package static let idempotencyHeader = "x-zoetrope-idempotency-key"

  private let configuration: EventBridgeConfiguration
  private let http: any HTTPClient
  private let clock: WallClock

  package init(configuration: EventBridgeConfiguration, http: any HTTPClient, clock: WallClock = .system) {
    self.configuration = configuration
    self.http = http
    self.clock = clock
  }

  package func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {
    let idempotencyKey = idempotencyKey.map(Self.headerValue)
    let batches = try EntryBatch.split(entries)
    try await withThrowingTaskGroup { group in
      var next = batches.makeIterator()
      for _ in 0..<configuration.concurrency {
        guard let batch = next.next() else { break }
        group.addTask { try await self.publish(batch, idempotencyKey: idempotencyKey) }
      }
      while try await group.next() != nil {
        guard let batch = next.next() else { continue }
        group.addTask { try await self.publish(batch, idempotencyKey: idempotencyKey) }
      }
    }
  }

  /// Keys hold names of objects, which may be long and of any characters.
  private static func headerValue(_ key: String) -> String {
    let encoded = PercentEncoding.encode(key, keepSlash: true)
    return encoded.utf8.count <= 512 ? encoded : "sha256/" + Digest.sha256(Array(key.utf8)).hexString
  }

  private func publish(_ batch: EntryBatch, idempotencyKey: String?) async throws {
    var pending = batch.entries
    var key = idempotencyKey.map { "\($0)/\(batch.number)" }
    var round = 0
    try await configuration.retry.run { _ in
      let response = try await put(pending.map(\.entry), key: key)
      guard response.entries.count == pending.count else {
        throw ServiceError(
          code: "InvalidResponse",
          message: "PutEvents must answer each of \(pending.count) entries, "
            + "answered \(response.entries.count)", httpStatus: 502)
      }
      var refused: [EntryBatch.Item] = []
      var first: PublishError?
      for (item, result) in zip(pending, response.entries) {
        guard let code = result.errorCode else { continue }
        let error = PublishError(
          EntryRefusal(code: code, message: result.errorMessage ?? "no reason given"), index: item.index,
          entry: item.entry)
        guard error.isRetryable else { throw error }
        refused.append(item)
        first = first ?? error
      }
      guard let first else { return }
      pending = refused
      round += 1
      key = idempotencyKey.map { "\($0)/\(batch.number)/\(round)" }
      throw first
    }
  }

  private func put(_ entries: [PutEventsRequest.Entry], key: String?) async throws -> PutEventsResponse {
    let body = try JSON.encode(PutEventsRequest(entries: entries))
    let now = clock.now()
    let credentials = try await configuration.credentials.credentials(at: now)
    let response = try await http.send(
      signed(target: "AWSEvents.PutEvents", body: body, key: key, credentials: credentials, at: now))
    guard response.status == 200 else { throw ServiceError.decode(status: response.status, body: response.body) }
    do {
      return try JSON.decode(from: response.body)
    } catch {
      throw ServiceError(
        code: "InvalidResponse", message: "PutEvents answered what is not its response", httpStatus: 502)
    }
  }

  private func signed(
    target: String, body: [UInt8], key: String?, credentials: Credentials, at now: Date
  ) -> HTTPRequest {
    let address = configuration.address
    var headers = [
      (name: "host", value: String(address.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "/" })),
      (name: "content-type", value: "application/x-amz-json-1.1"),
      (name: "x-amz-target", value: target),
    ]
    if let key { headers.append((Self.idempotencyHeader, key)) }
    let signer = SigV4Signer(credentials: credentials, region: configuration.region, service: "events")
    headers += signer.headers(
      for: SignableRequest(method: "POST", path: "/", headers: headers), payload: .of(body), at: now)
    return HTTPRequest(
      method: "POST", url: address + "/", headers: HTTPHeaders(headers.map { ($0.name, $0.value) }), body: body)
  }
}
