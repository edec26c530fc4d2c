package import Core
import FoundationEssentials
package import FunctionHost
package import HTTPTransport
package import RemoteFetch
import Synchronization

/// Posts events to webhooks: what the scheduler runs in place of a function. Retries are the queue's.
package final class WebhookSender: Sendable {
  /// Seconds for one request with its answer, name lookup included.
  package static let seconds = 15.0

  private struct Lane {
    let webhook: Webhook
    let fetcher: RemoteFetcher
    var pacing: SendPacing
    var running = 0
  }

  private let lanes: Mutex<[String: Lane]>
  private let observer: any HostObserver
  private let clock: WallClock
  private let order: [String]

  /// - Parameters:
  ///   - resolver: looks hosts up; replaced by tests.
  ///   - observer: is told of runs as the host tells of functions'.
  ///   - clock: for timestamps. The time of day.
  package init(
    _ webhooks: [Webhook], http: any HTTPClient, resolver: any NameResolver = SystemResolver(),
    observer: any HostObserver, clock: WallClock
  ) {
    var configuration = RemoteFetcher.Configuration()
    configuration.requiresTLS = true
    let lanes = webhooks.map { webhook in
      Lane(
        webhook: webhook,
        fetcher: RemoteFetcher(http: http, hosts: webhook.hosts, resolver: resolver, configuration: configuration),
        pacing: SendPacing(rate: webhook.rateLimit))
    }
    order = webhooks.map(\.queueName)
    self.lanes = Mutex(Dictionary(zip(order, lanes)) { first, _ in first })
    self.observer = observer
    self.clock = clock
  }

  /// Whether work of that name is posted by this.
  package func sends(_ queueName: String) -> Bool { order.contains(queueName) }

  /// As functions' processes are shown: a request under way is one that is busy.
  package var statuses: [FunctionStatus] {
    lanes.withLock { lanes in
      order.map { name in
        FunctionStatus(
          function: name, starting: 0, idle: 0, busy: lanes[name]?.running ?? 0, waiting: 0, maximumEnvironments: 0)
      }
    }
  }

  /// Posts one event.
  package func invoke(_ queueName: String, _ request: InvocationRequest) async -> InvocationResult {
    let place = lanes.withLock { lanes -> (Webhook, RemoteFetcher, ContinuousClock.Instant)? in
      guard var lane = lanes[queueName] else { return nil }
      let instant = lane.pacing.take(at: .now)
      lane.running += 1
      lanes[queueName] = lane
      return (lane.webhook, lane.fetcher, instant)
    }
    guard let (webhook, fetcher, instant) = place else {
      return .refused(.unknownFunction, requestID: request.requestID)
    }
    try? await Task.sleep(until: instant, clock: .continuous)
    observer.invocationStarted(function: queueName, requestID: request.requestID)
    let began = ContinuousClock.now
    let outcome = await post(webhook, fetcher, request)
    lanes.withLock { $0[queueName]?.running -= 1 }
    let result = InvocationResult.ended(outcome, requestID: request.requestID, after: ContinuousClock.now - began)
    if case .failure(let failure) = outcome {
      observer.log(
        LogLine(
          function: queueName, requestID: request.requestID, environmentID: "webhook",
          text: "[ERROR] \(failure.type): \(failure.message)"))
    }
    observer.invocationEnded(function: queueName, result: result)
    return result
  }

  private func post(
    _ webhook: Webhook, _ fetcher: RemoteFetcher, _ request: InvocationRequest
  ) async -> InvocationOutcome {
    let timestamp = Int64(clock.now().timeIntervalSince1970)
    let headers =
      webhook.headers + [("Content-Type", "application/json; charset=utf-8"), ("Accept", "*/*")]
      + (webhook.signature?.headers(id: request.requestID, timestamp: timestamp, body: request.payload)
        ?? WebhookSignature.unsigned(id: request.requestID, timestamp: timestamp))
    do {
      let response = try await DedicatedThread.run(name: "webhook", stackSize: 256 << 10) {
        try fetcher.send(
          webhook.method, webhook.url, headers: headers, body: request.payload, limit: WebhookAnswer.excerptBytes,
          budget: RemoteBudget(maximumBytes: .max, seconds: Self.seconds))
      }
      return WebhookAnswer.outcome(of: response, subject: "\(webhook.method) \(webhook.url.subject)")
    } catch let error as RemoteFetchError {
      return WebhookAnswer.outcome(of: error)
    } catch {
      return .failure(FunctionFailure(kind: .initialization, type: "CannotStartThread", message: "\(error)"))
    }
  }
}
