import Encodings
package import Core
package import S3Protocol
import SigV4

extension ObjectChange {
  /// The event as S3 hands it to a function: one record of structure version 2.1, the key form-encoded.
  ///
  /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
  ///
  /// - Parameters:
  ///   - configurationID: names the notification configuration that asked for it.
  ///   - account: twelve digits.
  package func notification(configurationID: String, region: String, account: String) -> JSONValue {
    var object: [String: JSONValue] = ["key": .string(formEncodedKey)]
    if let sequencer { object["sequencer"] = .string(sequencer) }
    if let size { object["size"] = .integer(size) }
    if let etag { object["eTag"] = .string(etag) }
    let record: [String: JSONValue] = [
      "eventVersion": .string("2.1"), "eventSource": .string("aws:s3"), "awsRegion": .string(region),
      "eventTime": .string(time.iso8601(milliseconds: true)), "eventName": .string(event.rawValue),
      "userIdentity": .object(["principalId": .string(principal)]),
      "requestParameters": .object(["sourceIPAddress": .string(sourceAddress)]),
      "responseElements": .object(["x-amz-request-id": .string(requestID), "x-amz-id-2": .string(requestID)]),
      "s3": .object([
        "s3SchemaVersion": .string("1.0"), "configurationId": .string(configurationID),
        "bucket": .object([
          "name": .string(bucket), "arn": .string("arn:aws:s3:::\(bucket)"),
          "ownerIdentity": .object(["principalId": .string(account)]),
        ]),
        "object": .object(object),
      ]),
    ]
    return .object(["Records": .array([.object(record)])])
  }

  /// As HTML forms write it: a space is `+`; slashes stay.
  private var formEncodedKey: String {
    PercentEncoding.encode(key, keepSlash: true).split(separator: "%20", omittingEmptySubsequences: false)
      .joined(separator: "+")
  }
}
