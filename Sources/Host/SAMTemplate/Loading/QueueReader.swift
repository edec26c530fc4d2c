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
    let properties = PropertySection(entry.properties, resolver)
    properties.skip(["QueueName"])
    let retention = properties.int("MessageRetentionPeriod", in: 60...1_209_600) ?? 345_600
    properties.ignore(Self.unused)
    properties.finish()
    return QueueResource(
      logicalID: entry.logicalID, queueName: name, arn: resolver.resources.arn(.queue, name, resolver.pseudo),
      messageRetentionSeconds: retention)
  }
}
