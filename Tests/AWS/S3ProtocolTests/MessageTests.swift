import Checksums
import FoundationEssentials
import S3Protocol
import Testing

@Suite struct MessageTests {
  private static let odd = "talks/<day> & \"1\" +é\u{301}.mp4"

  private func roundTrip<Message: XMLMessage & Equatable>(_ message: Message) {
    do {
      #expect(try Message.decode(message.encode()) == message)
    } catch {
      Issue.record("\(text(message.encode())) cannot be read: \(error)")
    }
  }

  @Test("what was written is read again")
  func roundTrips() {
    let object = ObjectSummary(key: Self.odd, etag: ETag("abc"), size: 5_000_000_000_000, lastModified: someDate)
    roundTrip(ListBucketsResult(owner: account, buckets: [.init(name: "a-b", creationDate: someDate)]))
    roundTrip(ListBucketsResult(owner: account, buckets: [], prefix: "a", continuationToken: "t"))
    for encoding in [nil, KeyEncoding.url] {
      roundTrip(
        ListObjectsV1Result(
          name: "bucket", prefix: "talks/<", marker: "a+b", nextMarker: Self.odd, delimiter: "/", maxKeys: 1000,
          isTruncated: true, contents: [object], commonPrefixes: ["talks/<day>/"], encoding: encoding))
      roundTrip(
        ListObjectsV2Result(
          name: "bucket", prefix: "", startAfter: "a b", continuationToken: "t", nextContinuationToken: "u+/=",
          delimiter: "&", maxKeys: 7, isTruncated: true, contents: [object, object], commonPrefixes: [Self.odd],
          encoding: encoding))
      roundTrip(
        ListPartsResult(
          bucket: "bucket", key: Self.odd, uploadID: "id", owner: account, partNumberMarker: 1, nextPartNumberMarker: 2,
          maxParts: 1, isTruncated: true,
          parts: [
            .init(
              number: 2, etag: ETag("abc"), size: 5 << 20, lastModified: someDate,
              checksums: ObjectChecksums([.crc32c: "sOO8/Q=="]))
          ], checksumAlgorithm: .crc32c, checksumKind: .composite, encoding: encoding))
      roundTrip(
        ListMultipartUploadsResult(
          bucket: "bucket", keyMarker: "k", uploadIDMarker: "i", nextKeyMarker: Self.odd, nextUploadIDMarker: "j",
          prefix: "talks/", delimiter: "/", maxUploads: 2, isTruncated: true,
          uploads: [
            .init(key: Self.odd, uploadID: "j", initiated: someDate, owner: account, checksumAlgorithm: .crc64nvme)
          ], commonPrefixes: ["talks/a b/"], encoding: encoding))
    }
    roundTrip(InitiateMultipartUploadResult(bucket: "bucket", key: Self.odd, uploadID: "id"))
    roundTrip(
      CompleteMultipartUpload(parts: [
        .init(number: 1, etag: ETag("abc"), checksums: ObjectChecksums([.sha256: "x", .crc32: "y"])),
        .init(number: 10_000, etag: ETag("def")),
      ]))
    roundTrip(
      CompleteMultipartUploadResult(
        location: "http://127.0.0.1:4566/bucket/a%20b", bucket: "bucket", key: Self.odd, etag: ETag("abc-2"),
        checksums: ObjectChecksums([.crc64nvme: "AAAAAAAAAAA="], kind: .fullObject)))
    roundTrip(
      DeleteRequest(
        objects: [.init(key: Self.odd), .init(key: "b", versionID: "null", etag: ETag("abc"))], quiet: true))
    roundTrip(
      DeleteResult(deleted: ["a", Self.odd], failures: [.init(key: "c", code: "AccessDenied", message: "<no>")]))
    roundTrip(CopyObjectResult(etag: ETag("abc"), lastModified: someDate, checksums: ObjectChecksums([.sha1: "x"])))
    roundTrip(CopyPartResult(etag: ETag("abc"), lastModified: someDate))
    roundTrip(CreateBucketConfiguration(locationConstraint: "eu-central-1"))
    roundTrip(CreateBucketConfiguration())
    roundTrip(Tagging(tags: [.init(key: "a", value: ""), .init(key: "b", value: "<")]))
    roundTrip(VersioningConfiguration())
    roundTrip(VersioningConfiguration(status: .suspended))
    roundTrip(
      NotificationConfiguration(
        targets: [
          .init(
            kind: .function, id: "1", arn: "arn:f", events: ["s3:ObjectCreated:*"], prefix: "talks/", suffix: ".mp4"),
          .init(kind: .queue, arn: "arn:q", events: ["s3:ObjectRemoved:Delete", "s3:ObjectCreated:Put"]),
        ].sorted { $0.kind.rawValue > $1.kind.rawValue }, eventBridge: true))
    roundTrip(
      CORSConfiguration(rules: [
        .init(
          id: "1", allowedOrigins: ["https://*.example.com"], allowedMethods: ["GET", "PUT"], allowedHeaders: ["*"],
          exposedHeaders: ["ETag"], maximumAgeSeconds: 3000)
      ]))
  }

  @Test("the first region is written as no region")
  func locations() throws {
    #expect(try LocationConstraint.decode(LocationConstraint(region: "us-east-1").encode()).region == "us-east-1")
    #expect(try LocationConstraint.decode(LocationConstraint(region: "eu-west-1").encode()).region == "eu-west-1")
    #expect(!text(LocationConstraint(region: "us-east-1").encode()).contains("us-east-1"))
  }

  /// The sample response of https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
  @Test("a listing of S3 is read")
  func listingAsS3SendsIt() throws {
    let result = try ListObjectsV2Result.decode(
      bytes(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Name>bucket</Name>
            <Prefix/>
            <KeyCount>205</KeyCount>
            <MaxKeys>1000</MaxKeys>
            <IsTruncated>false</IsTruncated>
            <Contents>
                <Key>my-image.jpg</Key>
                <LastModified>2009-10-12T17:50:30.000Z</LastModified>
                <ETag>"fba9dede5f27731c9771645a39863328"</ETag>
                <Size>434234</Size>
                <StorageClass>STANDARD</StorageClass>
            </Contents>
        </ListBucketResult>
        """))
    #expect(result.name == "bucket")
    #expect(result.prefix == "")
    #expect(result.delimiter == nil && result.nextContinuationToken == nil)
    #expect(
      result.contents == [
        ObjectSummary(
          key: "my-image.jpg", etag: ETag("fba9dede5f27731c9771645a39863328"), size: 434_234, lastModified: someDate)
      ])
  }

  /// The sample request of https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  @Test("a completion as clients send it is read")
  func completionAsClientsSendIt() throws {
    let request = try CompleteMultipartUpload.decode(
      bytes(
        """
        <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Part><PartNumber>1</PartNumber><ETag>"a54357aff0632cce46d942af68356b38"</ETag></Part>
          <Part><PartNumber>2</PartNumber><ETag>0c78aef83f66abc1fa1e8477f296d394</ETag></Part>
        </CompleteMultipartUpload>
        """))
    #expect(request.parts.map(\.number) == [1, 2])
    #expect(
      request.parts.map(\.etag)
        == [ETag("a54357aff0632cce46d942af68356b38"), ETag("0c78aef83f66abc1fa1e8477f296d394")])
    try request.validate()
  }

  @Test(
    "the list of parts",
    arguments: [
      ([], "MalformedXML"), ([2, 1], "InvalidPartOrder"), ([1, 1], "InvalidPartOrder"), ([0], "InvalidArgument"),
      ([10_001], "InvalidArgument"), ([1, 3, 10_000], nil), (Array(1...10_001), "MalformedXML"),
    ])
  func parts(numbers: [Int], expected: String?) {
    let request = CompleteMultipartUpload(parts: numbers.map { .init(number: $0, etag: ETag("a")) })
    #expect(code { () throws(S3Error) in try request.validate() } == expected)
  }

  @Test("more than 1,000 keys to delete are refused")
  func tooManyToDelete() {
    let objects = (0..<1001).map { DeleteRequest.Object(key: "\($0)") }
    let body = DeleteRequest(objects: objects).encode()
    #expect(code { () throws(S3Error) in _ = try DeleteRequest.decode(body) } == "MalformedXML")
    #expect(
      code { () throws(S3Error) in _ = try DeleteRequest.decode(DeleteRequest(objects: []).encode()) } == "MalformedXML"
    )
  }

  @Test("a thousand objects to delete with the longest keys are within the limits")
  func manyToDelete() throws {
    let key = "&" + String(repeating: "a", count: 1023)
    let body = DeleteRequest(objects: Array(repeating: .init(key: key), count: 1000)).encode()
    #expect(try DeleteRequest.decode(body).objects.count == 1000)
  }

  @Test("ten thousand parts with checksums are within the limits")
  func manyParts() throws {
    let parts = (1...10_000).map {
      CompleteMultipartUpload.Part(
        number: $0, etag: ETag("a54357aff0632cce46d942af68356b38"), checksums: ObjectChecksums([.crc32: "AAAAAA=="]))
    }
    #expect(try CompleteMultipartUpload.decode(CompleteMultipartUpload(parts: parts).encode()).parts.count == 10_000)
  }

  @Test(
    "another document, or one with wrong values",
    arguments: [
      "<Tagging/>", "<CompleteMultipartUpload><Part/></CompleteMultipartUpload>",
      "<CompleteMultipartUpload><Part><PartNumber>one</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>",
      "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
    ])
  func wrongDocuments(document: String) {
    #expect(code { () throws(S3Error) in _ = try CompleteMultipartUpload.decode(bytes(document)) } == "MalformedXML")
  }

  @Test(
    "tags",
    arguments: [
      ([("a", "b")], nil), ([("a", "b"), ("a", "c")], "InvalidTag"), ([("", "b")], "InvalidTag"),
      ([(String(repeating: "k", count: 129), "")], "InvalidTag"),
      ([("k", String(repeating: "v", count: 257))], "InvalidTag"),
      ((0..<11).map { ("\($0)", "") }, "InvalidTag"),
    ])
  func tags(pairs: [(String, String)], expected: String?) {
    let tagging = Tagging(tags: pairs.map { .init(key: $0.0, value: $0.1) })
    #expect(code { () throws(S3Error) in try tagging.validate() } == expected)
  }

  @Test("filters are by prefix and suffix, each once")
  func notificationFilters() {
    func configuration(_ rules: String) -> String? {
      code { () throws(S3Error) in
        _ = try NotificationConfiguration.decode(
          bytes(
            """
            <NotificationConfiguration><CloudFunctionConfiguration><CloudFunction>arn</CloudFunction>\
            <Event>s3:ObjectCreated:*</Event><Filter><S3Key>\(rules)</S3Key></Filter></CloudFunctionConfiguration>\
            </NotificationConfiguration>
            """))
      }
    }
    let prefix = "<FilterRule><Name>Prefix</Name><Value>a</Value></FilterRule>"
    #expect(configuration(prefix) == nil)
    #expect(configuration(prefix + prefix) == "InvalidArgument")
    #expect(configuration("<FilterRule><Name>regex</Name><Value>a</Value></FilterRule>") == "InvalidArgument")
    #expect(configuration("<FilterRule><Name>prefix</Name></FilterRule>") == "MalformedXML")
  }

  @Test("which rule lets a page through")
  func crossOrigin() {
    let configuration = CORSConfiguration(rules: [
      .init(allowedOrigins: ["https://*.example.com"], allowedMethods: ["GET"], allowedHeaders: ["x-amz-*", "Range"]),
      .init(id: "any", allowedOrigins: ["*"], allowedMethods: ["HEAD"]),
    ])
    let page = "https://play.example.com"
    #expect(configuration.rule(origin: page, method: "GET") != nil)
    #expect(configuration.rule(origin: page, method: "GET", headers: ["X-Amz-Date", "range"]) != nil)
    #expect(configuration.rule(origin: page, method: "GET", headers: ["cookie"]) == nil)
    #expect(configuration.rule(origin: page, method: "PUT") == nil)
    #expect(configuration.rule(origin: "https://example.com", method: "GET") == nil)
    #expect(configuration.rule(origin: "https://play.example.com.evil.org", method: "GET") == nil)
    #expect(configuration.rule(origin: "null", method: "HEAD")?.id == "any")
  }

  @Test(
    "rules that cannot be",
    arguments: [
      "", "<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>",
      "<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>",
      "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod></CORSRule>",
      "<CORSRule><AllowedOrigin>*.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>",
    ])
  func badRules(rules: String) {
    let body = bytes("<CORSConfiguration>\(rules)</CORSConfiguration>")
    #expect(code { () throws(S3Error) in _ = try CORSConfiguration.decode(body) } != nil)
  }

  @Test("the owner has full control")
  func accessControl() throws {
    let root = try XMLNode.parse(AccessControlPolicy(owner: account).encode())
    let grant = root.child("AccessControlList")?.child("Grant")
    #expect(root.child("Owner")?.text(of: "ID") == account.id)
    #expect(grant?.text(of: "Permission") == "FULL_CONTROL")
    #expect(grant?.child("Grantee")?.attributes["type"] == "CanonicalUser")
  }
}
