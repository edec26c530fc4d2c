import Core

extension ObjectEvent {
  static let createdDetailType = "Object Created"
  static let deletedDetailType = "Object Deleted"

  /// The event as S3 puts it onto the default bus.
  ///
  /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>
  ///
  /// - Parameter id: of the new event, `RequestID.make()`.
  package func busEvent(id: String) -> BusEvent {
    var object: [String: JSONValue] = ["key": .string(key), "sequencer": .string(sequencer)]
    if let size { object["size"] = .integer(size) }
    if let etag { object["etag"] = .string(etag) }
    if let versionID { object["version-id"] = .string(versionID) }
    var detail: [String: JSONValue] = [
      "version": .string("0"), "bucket": .object(["name": .string(bucket)]), "object": .object(object),
      "request-id": .string(requestID), "requester": .string(account), "source-ip-address": .string(sourceIP),
      "reason": .string(kind.reason),
    ]
    if kind.isRemoval { detail["deletion-type"] = .string("Permanently Deleted") }
    return BusEvent(
      id: id, source: "aws.s3", detailType: kind.isRemoval ? Self.deletedDetailType : Self.createdDetailType,
      account: account, time: time, region: region, resources: ["arn:aws:s3:::\(bucket)"], detail: .object(detail))
  }
}
