/// An `AWS::S3::Bucket`.
package struct BucketResource: Sendable, Equatable {
  package let logicalID: String
  /// `BucketName`, or the stack's name, a dash and the logical id, in lower case.
  package let bucketName: String
  /// Whether the bucket's events go to the default bus (`EventBridgeConfiguration`).
  package let sendsToEventBridge: Bool
  /// `CorsConfiguration`; nil leaves the rules that were set by S3's own API.
  package let corsRules: [BucketCORSRule]?
  /// `Metadata.Zoetrope.Pages`: what the pages may do with the bucket; `nil`: nothing.
  package let pages: PageAccess?
}

/// What the pages that the host serves may do with a bucket.
package struct PageAccess: Sendable, Equatable {
  /// `Name`: under which the pages are told the bucket, as in `sourceBucket`.
  package let name: String
  /// `Access: upload`; otherwise they read and list only.
  package let allowsUploads: Bool
  /// `Settings`: values that the pages are told, all of them text or numbers.
  package let settings: [String: String]
}

/// A rule of a bucket's `CorsConfiguration`.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-corsrule.html>
package struct BucketCORSRule: Sendable, Equatable {
  package let id: String?
  package let allowedOrigins: [String]
  package let allowedMethods: [String]
  package let allowedHeaders: [String]
  package let exposedHeaders: [String]
  package let maximumAgeSeconds: Int?
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
