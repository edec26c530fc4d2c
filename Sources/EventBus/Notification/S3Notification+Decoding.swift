import Encodings
package import Core
import S3Protocol
import SigV4

extension S3Notification {
  /// The created objects that an event is about, in its order.
  ///
  /// A record that cannot be read is a failure of that record only. Events about anything but creation (`s3:TestEvent`,
  /// removals, tagging) give no results at all and are no error.
  ///
  /// - Throws: `Invalid` where the event is in none of the three shapes.
  package static func decode(_ event: [UInt8]) throws(Invalid) -> [Result<S3Notification, Invalid>] {
    guard let json = try? JSON.decode(JSONValue.self, from: event) else {
      throw Invalid(message: "an event must be a JSON object, found \(event.count) bytes that are not JSON")
    }
    return try decode(json)
  }

  package static func decode(_ event: JSONValue) throws(Invalid) -> [Result<S3Notification, Invalid>] {
    if let records = event["Records"]?.arrayValue, !records.isEmpty { return decode(records: records) }
    if let detailType = event["detail-type"]?.stringValue, let detail = event["detail"] {
      return decode(detailType: detailType, detail: detail)
    }
    if let name = event["EventName"]?.stringValue, let path = event["Key"]?.stringValue {
      return decode(webhook: name, path: path)
    }
    // What S3 sends once when notifications are configured.
    if event["Event"]?.stringValue == "s3:TestEvent" { return [] }
    throw Invalid(
      message: "an event must have S3's 'Records', EventBridge's 'detail-type' and 'detail', or MinIO's 'EventName' "
        + "and 'Key', found \(event.excerpt)")
  }

  /// S3's records, which MinIO sends as well.
  ///
  /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
  private static func decode(records: [JSONValue]) -> [Result<S3Notification, Invalid>] {
    records.enumerated().compactMap { index, record in
      // Written by hand, a record may lack its name: then it is about a creation.
      let name = eventName(record["eventName"]?.stringValue ?? "ObjectCreated:Put")
      guard name.hasPrefix(creation) else { return nil }
      return Result { () throws(Invalid) in
        let object = record["s3"]?["object"]
        let at = "record \(index)"
        let encoded = try text(object?["key"], "\(at): s3.object.key")
        guard let key = PercentEncoding.decode(encoded, plusIsSpace: true) else {
          throw Invalid(message: "\(at): s3.object.key must be URL-encoded, found '\(encoded.prefix(80))'")
        }
        return S3Notification(
          bucket: try text(record["s3"]?["bucket"]?["name"], "\(at): s3.bucket.name"), key: key,
          etag: etag(object?["eTag"]), size: size(object?["size"]), eventName: name)
      }
    }
  }

  /// EventBridge's event; keys are not encoded.
  ///
  /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>
  private static func decode(detailType: String, detail: JSONValue) -> [Result<S3Notification, Invalid>] {
    guard detailType == ObjectChange.createdDetailType else { return [] }
    return [
      Result { () throws(Invalid) in
        let object = detail["object"]
        let reason = detail["reason"]?.stringValue
        return S3Notification(
          bucket: try text(detail["bucket"]?["name"], "detail.bucket.name"),
          key: try text(object?["key"], "detail.object.key"), etag: etag(object?["etag"]),
          size: size(object?["size"]),
          eventName: ObjectChange.Event.allCases.first { $0.reason == reason }?.rawValue ?? "ObjectCreated:Put")
      }
    ]
  }

  /// MinIO's webhook where it has no records: the bucket, a slash and the key, which is not encoded here.
  private static func decode(webhook name: String, path: String) -> [Result<S3Notification, Invalid>] {
    let name = eventName(name)
    guard name.hasPrefix(creation) else { return [] }
    return [
      Result { () throws(Invalid) in
        let parts = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
          throw Invalid(message: "Key must be a bucket, a slash and a key, found '\(path.prefix(80))'")
        }
        return S3Notification(bucket: String(parts[0]), key: String(parts[1]), eventName: name)
      }
    ]
  }

  private static let creation = "ObjectCreated:"

  private static func eventName(_ name: String) -> String {
    name.hasPrefix("s3:") ? String(name.dropFirst(3)) : name
  }

  private static func text(_ value: JSONValue?, _ name: String) throws(Invalid) -> String {
    guard let text = value?.stringValue, !text.isEmpty else {
      throw Invalid(message: "\(name) must be a string that is not empty, found \(value.excerpt)")
    }
    return text
  }

  private static func etag(_ value: JSONValue?) -> String? {
    guard let text = value?.stringValue?.split(separator: "\"").first else { return nil }
    return String(text)
  }

  private static func size(_ value: JSONValue?) -> Int64? {
    guard let size = value?.intValue, size >= 0 else { return nil }
    return Int64(size)
  }
}
