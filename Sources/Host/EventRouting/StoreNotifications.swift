package import Invocations
import EventBus
import FoundationEssentials
import HTTPTypes
import Hummingbird
package import HummingbirdCore
import NIOCore
import Core

/// What a store that is not embedded says about its objects, in any of the forms of `ObjectNotification`: the webhook.
///
/// The template's triggers and rules see it as if it had happened here.
package struct StoreNotifications: Sendable {
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
    let records: [Result<ObjectNotification, ObjectNotification.Invalid>]
    do throws(ObjectNotification.Invalid) {
      records = try ObjectNotification.decode([UInt8](buffer: body))
    } catch {
      throw HTTPError(.badRequest, message: error.message)
    }
    var routed: [ObjectNotifier.Routed] = []
    var refused: [String] = []
    for record in records {
      switch record {
      case .success(let notification):
        routed += try notifier.route(event(notification), configuration: nil)
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
    notifier.queued(routed)
    return Answer(queued: invocations.count, refused: refused)
  }

  private func event(_ notification: ObjectNotification) -> EventBus.ObjectEvent {
    let now = notifier.clock.now()
    return EventBus.ObjectEvent(
      kind: EventBus.ObjectEvent.Kind(rawValue: notification.eventName) ?? .put, bucket: notification.bucket,
      key: notification.key, etag: notification.etag, size: notification.size,
      sequencer: String(now.millisecondsSince1970, radix: 16, uppercase: true), time: now, region: notifier.region,
      account: notifier.accountID, principal: "store", sourceIP: "0.0.0.0", requestID: RequestID.make())
  }
}
