package import Invocations
import EventBus
import FoundationEssentials
import HTTPTypes
import Hummingbird
package import HummingbirdCore
import NIOCore
import S3Protocol
import Core

/// What a store that is not embedded says about its objects, in any of the forms of `S3Notification`: the webhook.
///
/// The template's triggers and rules see it as if it had happened here.
package struct StoreWebhook: Sendable {
  package let notifier: ObjectNotifier
  package let queue: any InvocationQueue

  package init(notifier: ObjectNotifier, queue: any InvocationQueue) {
    self.notifier = notifier
    self.queue = queue
  }

  package struct Answer: Codable, Sendable {
    package var queued: Int
    /// What is wrong with records that were passed over.
    package var refused: [String]
  }

  private static let maximumBytes = 1 << 20

  /// Queued when it returns.
  ///
  /// - Throws: `HTTPError`: 400 where nothing of it can be read, 413, 503 where the queue is full.
  package func receive(_ request: Request) async throws -> Answer {
    let body = try await request.body.collect(upTo: Self.maximumBytes)
    let records: [Result<S3Notification, S3Notification.Invalid>]
    do throws(S3Notification.Invalid) {
      records = try S3Notification.decode([UInt8](buffer: body))
    } catch {
      throw HTTPError(.badRequest, message: error.message)
    }
    var routed: [ObjectNotifier.Routed] = []
    var refused: [String] = []
    for record in records {
      switch record {
      case .success(let notification):
        routed += try notifier.route(change(notification))
      case .failure(let error): refused.append(error.message)
      }
    }
    // Sent again it would be no better; but a sender that does nothing right should hear of it.
    if let problem = refused.first, refused.count == records.count { throw HTTPError(.badRequest, message: problem) }
    let invocations = routed.flatMap(\.routing.invocations)
    do {
      try await queue.enqueue(invocations)
    } catch let error as QueueError {
      throw HTTPError(.serviceUnavailable, headers: [.retryAfter: "5"], message: error.message)
    }
    notifier.tell(routed)
    return Answer(queued: invocations.count, refused: refused)
  }

  private func change(_ notification: S3Notification) -> ObjectChange {
    let now = notifier.clock.now()
    return ObjectChange(
      .init(
        event: ObjectChange.Event(rawValue: notification.eventName) ?? .put, time: now, requestID: RequestID.make(),
        principal: "store", sourceAddress: "0.0.0.0"),
      bucket: notification.bucket, key: notification.key, size: notification.size, etag: notification.etag,
      sequencer: String(now.millisecondsSince1970, radix: 16, uppercase: true))
  }
}
