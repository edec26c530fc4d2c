/// Reads `AWS::SQS::Queue`. Here a queue only receives: dead letters and failure records.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sqs-queue.html>
struct QueueReader {
  let resolver: Resolver

  private static let unused: Set<String> = [
    "DelaySeconds", "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize",
    "ReceiveMessageWaitTimeSeconds", "RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled", "Tags",
    "VisibilityTimeout",
  ]

  func read(_ entry: ResourceTable.Entry) -> QueueResource? {
    guard let name = resolver.resources.name(of: entry, resolver) else { return nil }
    var retention = 345_600
    if let properties = entry.node["Properties"].map({ PropertySection($0, resolver) }) {
      properties.skip(["QueueName"])
      retention = properties.int("MessageRetentionPeriod", in: 60...1_209_600) ?? retention
      properties.ignore(Self.unused)
      properties.finish()
    }
    return QueueResource(
      logicalID: entry.logicalID, queueName: name, arn: resolver.resources.arn(.queue, name, resolver.pseudo),
      messageRetentionSeconds: retention)
  }
}
