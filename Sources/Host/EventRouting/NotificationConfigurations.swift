import S3Protocol
import Synchronization

/// Buckets' notification configurations, decoded once each: they are needed inside the transaction of every change.
final class NotificationConfigurations: Sendable {
  private let decoded = Mutex<[[UInt8]: NotificationConfiguration]>([:])

  /// More than that many different ones are forgotten together.
  private static let most = 256

  /// - Parameter xml: as `PutBucketNotificationConfiguration` stored it.
  /// - Throws: `S3Error` for what is no configuration.
  func decode(_ xml: [UInt8]) throws -> NotificationConfiguration {
    if let known = decoded.withLock({ $0[xml] }) { return known }
    let configuration = try NotificationConfiguration.decode(xml)
    decoded.withLock { decoded in
      if decoded.count >= Self.most { decoded = [:] }
      decoded[xml] = configuration
    }
    return configuration
  }
}
