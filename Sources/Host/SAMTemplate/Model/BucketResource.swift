/// An `AWS::S3::Bucket`.
package struct BucketResource: Sendable, Equatable {
  package let logicalID: String
  /// `BucketName`, or the stack's name, a dash and the logical id, in lower case.
  package let bucketName: String
  /// Whether the bucket's events go to the default bus (`EventBridgeConfiguration`).
  package let sendsToEventBridge: Bool
}

/// An `AWS::SQS::Queue`: where dead letters and failure records end.
package struct QueueResource: Sendable, Equatable {
  package let logicalID: String
  /// `QueueName`, or the logical id.
  package let queueName: String
  package let arn: String
  /// 60 … 1,209,600, default 345,600 (four days).
  package let messageRetentionSeconds: Int
}
