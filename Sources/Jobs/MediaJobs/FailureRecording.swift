import Core
import EventBus

/// A service's way to end a job whose function gave up.
package protocol FailureRecording: Sendable {
  /// The events that are this service's; no two services have one in common.
  var origins: [FailureOrigin] { get }

  /// - Parameter failure: of an event with one of `origins`.
  /// - Returns: `false` if the event does not say what it is about, so that nothing was written.
  /// - Throws: what another try may mend.
  func record(_ failure: InvocationFailure, requestID: String) async throws -> Bool
}

/// Where an event comes from. This alone says whose it is, whatever shape its detail has.
package enum FailureOrigin: Sendable, Hashable {
  /// An event of the bus.
  case event(source: String, detailType: String)
  /// An object that was created in this bucket.
  case object(bucket: String)
}

extension InvocationFailure {
  /// What S3 puts onto the bus.
  private static let storeSource = "aws.s3"

  /// Of the event; several if it is about objects of several buckets, none if it is neither of a bus nor of a store.
  package var origins: [FailureOrigin] {
    if let source = event["source"]?.stringValue, source != Self.storeSource {
      return event["detail-type"]?.stringValue.map { [.event(source: source, detailType: $0)] } ?? []
    }
    let created = (try? S3Notification.decode(event)) ?? []
    return created.compactMap { try? $0.get() }.map { .object(bucket: $0.bucket) }
  }
}
