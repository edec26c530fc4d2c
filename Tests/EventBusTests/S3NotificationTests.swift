import EventBus
import FoundationEssentials
import Core
import S3Protocol
import Testing

@Suite("Object notifications")
struct S3NotificationTests {
  private func decode(_ text: String) throws -> [Result<S3Notification, S3Notification.Invalid>] {
    try S3Notification.decode(Array(text.utf8))
  }

  @Test("S3's notification: keys are form-decoded, a plus is a space")
  func s3() throws {
    let found = try decode(
      #"""
      {"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-west-2",
       "eventTime": "1970-01-01T00:00:00.000Z", "eventName": "ObjectCreated:Put",
       "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": "videos"},
        "object": {"key": "talks/day+1+%2B+%C3%A9%2Fx.mp4", "size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e"}}}]}
      """#)
    #expect(
      try found.map { try $0.get() } == [
        S3Notification(
          bucket: "videos", key: "talks/day 1 + \u{e9}/x.mp4", etag: "d41d8cd98f00b204e9800998ecf8427e", size: 1024,
          eventName: "ObjectCreated:Put")
      ])
  }

  @Test("EventBridge's event: keys are not encoded")
  func eventBridge() throws {
    let found = try decode(
      #"""
      {"version": "0", "id": "i", "detail-type": "Object Created", "source": "aws.s3", "account": "1",
       "time": "2021-11-12T00:00:00Z", "region": "ca-central-1", "resources": ["arn:aws:s3:::videos"],
       "detail": {"version": "0", "bucket": {"name": "videos"}, "object": {"key": "a+b%20c.mp4", "size": 5,
        "etag": "b1946ac92492d2347c6235b4d2611184", "sequencer": "617f08299329d189"}, "reason": "CompleteMultipartUpload"}}
      """#)
    #expect(
      try found.map { try $0.get() } == [
        S3Notification(
          bucket: "videos", key: "a+b%20c.mp4", etag: "b1946ac92492d2347c6235b4d2611184", size: 5,
          eventName: "ObjectCreated:CompleteMultipartUpload")
      ])
  }

  @Test("MinIO's webhook, with records and without")
  func minio() throws {
    let withRecords = try decode(
      #"""
      {"EventName": "s3:ObjectCreated:Put", "Key": "videos/a b.mp4", "Records": [{"eventName": "s3:ObjectCreated:Put",
       "s3": {"bucket": {"name": "videos"}, "object": {"key": "a+b.mp4", "size": 7, "eTag": "\"e1\""}}}]}
      """#)
    #expect(
      try withRecords.map { try $0.get() } == [
        S3Notification(bucket: "videos", key: "a b.mp4", etag: "e1", size: 7, eventName: "ObjectCreated:Put")
      ])
    let without = try decode(#"{"EventName": "s3:ObjectCreated:Put", "Key": "videos/d/a+b%20.mp4"}"#)
    #expect(
      try without.map { try $0.get() } == [
        S3Notification(bucket: "videos", key: "d/a+b%20.mp4", eventName: "ObjectCreated:Put")
      ])
  }

  @Test("a record that cannot be read does not lose the others")
  func badRecord() throws {
    let found = try decode(
      #"""
      {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": "%zz"}}},
       {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": "good"}}},
       {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "k"}}}, 5,
       {"s3": {"bucket": {"name": "b"}, "object": {"key": "by hand"}}}]}
      """#)
    #expect(found.map { try? $0.get().key } == [nil, "good", nil, nil, "by hand"])
    #expect { try found[0].get() } throws: { "\($0)".contains("record 0: s3.object.key") }
    #expect { try found[2].get() } throws: { "\($0)".contains("record 2: s3.bucket.name") }
  }

  @Test(
    "events about anything but creation are skipped quietly",
    arguments: [
      #"{"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2014-10-13T15:57:02.089Z", "Bucket": "b"}"#,
      #"{"Records": [{"eventName": "ObjectRemoved:Delete", "s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}]}"#,
      #"{"Records": [{"eventName": "s3:ObjectAccessed:Get", "s3": {}}]}"#,
      #"{"detail-type": "Object Deleted", "source": "aws.s3", "detail": {}}"#,
      #"{"EventName": "s3:ObjectRemoved:Delete", "Key": "b/k"}"#,
    ]) func skipped(text: String) throws
  {
    #expect(try decode(text).isEmpty)
  }

  @Test(
    "what is none of the shapes is an error",
    arguments: [
      "{}", "[]", "5", "not JSON", #"{"Records": []}"#, #"{"Records": {}}"#, #"{"detail-type": "Object Created"}"#,
    ])
  func shapeless(text: String) {
    #expect(throws: S3Notification.Invalid.self) { try decode(text) }
  }

  static let event = ObjectChange(
    .init(
      event: .put, time: Date(timeIntervalSince1970: 1_795_270_800.123), requestID: "C3D13FE58DE4C810",
      principal: "AKIDEXAMPLE", sourceAddress: "127.0.0.1"),
    bucket: "videos", key: "talks/day 1+\u{e9}.mp4", size: 12, etag: "abc", sequencer: "0055AED6DCD90281E5")
  static let (region, account) = ("eu-central-1", "000000000000")

  @Test("the notification has S3's documented structure")
  func notification() throws {
    #expect(
      try Self.event.notification(configurationID: "Upload", region: Self.region, account: Self.account)
        == json(
          #"""
          {"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-central-1",
           "eventTime": "2026-11-21T14:20:00.123Z", "eventName": "ObjectCreated:Put",
           "userIdentity": {"principalId": "AKIDEXAMPLE"}, "requestParameters": {"sourceIPAddress": "127.0.0.1"},
           "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "C3D13FE58DE4C810"},
           "s3": {"s3SchemaVersion": "1.0", "configurationId": "Upload",
            "bucket": {"name": "videos", "arn": "arn:aws:s3:::videos", "ownerIdentity": {"principalId": "000000000000"}},
            "object": {"key": "talks/day+1%2B%C3%A9.mp4", "size": 12, "eTag": "abc", "sequencer": "0055AED6DCD90281E5"}}}]}
          """#))
  }

  @Test("the bus event has S3's documented detail")
  func busEvent() throws {
    let event = Self.event.busEvent(id: "id-1", region: Self.region, account: Self.account)
    #expect(
      try event.json()
        == json(
          #"""
          {"version": "0", "id": "id-1", "detail-type": "Object Created", "source": "aws.s3", "account": "000000000000",
           "time": "2026-11-21T14:20:00Z", "region": "eu-central-1", "resources": ["arn:aws:s3:::videos"],
           "detail": {"version": "0", "bucket": {"name": "videos"}, "object": {"key": "talks/day 1+é.mp4", "size": 12,
            "etag": "abc", "sequencer": "0055AED6DCD90281E5"}, "request-id": "C3D13FE58DE4C810",
            "requester": "000000000000", "source-ip-address": "127.0.0.1", "reason": "PutObject"}}
          """#))
    var removal = Self.event
    removal.event = .delete
    #expect(removal.busEvent(id: "i", region: Self.region, account: Self.account).detailType == "Object Deleted")
  }

  @Test(
    "both shapes read back as what they were made of", arguments: ObjectChange.Event.allCases.filter(\.isCreation))
  func readBack(kind: ObjectChange.Event) throws {
    var event = Self.event
    event.event = kind
    let expected = S3Notification(
      bucket: "videos", key: event.key, etag: "abc", size: 12, eventName: kind.rawValue)
    #expect(
      try S3Notification.decode(event.notification(configurationID: "c", region: Self.region, account: Self.account))
        .map { try $0.get() } == [expected])
    #expect(
      try S3Notification.decode(event.busEvent(id: "i", region: Self.region, account: Self.account).json()).map {
        try $0.get()
      } == [expected])
  }
}
