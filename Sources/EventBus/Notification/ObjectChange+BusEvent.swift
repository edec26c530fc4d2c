package import Core
package import S3Protocol

extension ObjectChange {
  static let createdDetailType = "Object Created"
  static let deletedDetailType = "Object Deleted"

  /// The event as S3 puts it onto the default bus.
  ///
  /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>
  ///
  /// - Parameters:
  ///   - id: of the new event, `RequestID.make()`.
  ///   - account: twelve digits; also the requester.
  package func busEvent(id: String, region: String, account: String) -> BusEvent {
    var object: [String: JSONValue] = ["key": .string(key)]
    if let sequencer { object["sequencer"] = .string(sequencer) }
    if let size { object["size"] = .integer(size) }
    if let etag { object["etag"] = .string(etag) }
    var detail: [String: JSONValue] = [
      "version": .string("0"), "bucket": .object(["name": .string(bucket)]), "object": .object(object),
      "request-id": .string(requestID), "requester": .string(account), "source-ip-address": .string(sourceAddress),
      "reason": .string(event.reason),
    ]
    if !event.isCreation { detail["deletion-type"] = .string("Permanently Deleted") }
    return BusEvent(
      id: id, source: "aws.s3", detailType: event.isCreation ? Self.createdDetailType : Self.deletedDetailType,
      account: account, time: time, region: region, resources: ["arn:aws:s3:::\(bucket)"], detail: .object(detail))
  }
}

extension ObjectChange.Event {
  /// The same in EventBridge's detail.
  var reason: String {
    switch self {
    case .put: "PutObject"
    case .post: "POST Object"
    case .copy: "CopyObject"
    case .completeMultipartUpload: "CompleteMultipartUpload"
    case .delete: "DeleteObject"
    case .expire: "Lifecycle Expiration"
    }
  }
}
