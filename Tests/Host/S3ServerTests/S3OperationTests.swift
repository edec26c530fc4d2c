import HTTPTypes
import S3Protocol
import S3Server
import S3Storage
import Testing

/// What a request's head asks for, one row per form that a client uses.
@Suite("Reading operations")
struct S3OperationTests {
  private static func parse(
    _ method: String, _ target: String, host: String = "127.0.0.1:4566", headers: HTTPFields = [:]
  ) throws -> S3Operation {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return try S3Operation(
      method: #require(HTTPRequest.Method(method)),
      target: RequestTarget(path: String(parts[0]), host: host, baseDomains: ["localhost", "s3.localhost"]),
      query: QueryParameters(parts.count == 2 ? String(parts[1]) : ""), headers: headers)
  }

  private static func object(_ key: String) -> ObjectAddress { ObjectAddress(bucket: "videos", key: key) }

  @Test(
    "in path style",
    arguments: [
      ("GET", "/", .listBuckets),
      ("GET", "/?x-id=ListBuckets", .listBuckets),
      ("PUT", "/videos", .createBucket("videos")),
      ("PUT", "/videos/", .createBucket("videos")),
      ("HEAD", "/videos", .headBucket("videos")),
      ("DELETE", "/videos", .deleteBucket("videos")),
      ("GET", "/videos?location", .getBucketLocation("videos")),
      ("GET", "/videos?versioning", .getBucketVersioning("videos")),
      ("GET", "/videos?acl", .getBucketACL("videos")),
      ("PUT", "/videos?acl", .putBucketACL("videos")),
      ("PUT", "/videos/a.mp4?acl", .putObjectACL(object("a.mp4"))),
      ("GET", "/videos?requestPayment", .getBucketRequestPayment("videos")),
      ("GET", "/videos?notification", .getBucketDocument(.notification, bucket: "videos")),
      ("PUT", "/videos?notification", .putBucketDocument(.notification, bucket: "videos")),
      ("GET", "/videos?versions&prefix=a", .listObjectVersions("videos")),
      ("GET", "/videos?cors", .getBucketDocument(.cors, bucket: "videos")),
      ("PUT", "/videos?cors", .putBucketDocument(.cors, bucket: "videos")),
      ("DELETE", "/videos?cors=", .deleteBucketDocument(.cors, bucket: "videos")),
      ("PUT", "/videos?lifecycle", .putBucketDocument(.lifecycle, bucket: "videos")),
      ("DELETE", "/videos?lifecycle", .deleteBucketDocument(.lifecycle, bucket: "videos")),
      ("GET", "/videos?policy", .getAbsentConfiguration("policy", bucket: "videos")),
      ("GET", "/videos", .listObjectsV1("videos")),
      ("GET", "/videos?prefix=a%2Fb&delimiter=/", .listObjectsV1("videos")),
      ("GET", "/videos?list-type=2&prefix=", .listObjectsV2("videos")),
      ("GET", "/videos?uploads", .listMultipartUploads("videos")),
      ("POST", "/videos?delete", .deleteObjects("videos")),
      ("POST", "/videos", .postObject("videos")),
      ("OPTIONS", "/videos/a", .preflight(bucket: "videos")),
      ("GET", "/videos/a.mp4", .getObject(object("a.mp4"))),
      ("GET", "/videos/a.mp4?partNumber=2", .getObject(object("a.mp4"))),
      ("GET", "/videos/a.mp4?versionId=null", .getObject(object("a.mp4"))),
      ("HEAD", "/videos/a.mp4", .headObject(object("a.mp4"))),
      ("PUT", "/videos/a.mp4?x-id=PutObject", .putObject(object("a.mp4"))),
      ("DELETE", "/videos/a.mp4", .deleteObject(object("a.mp4"))),
      ("GET", "/videos/a.mp4?attributes", .getObjectAttributes(object("a.mp4"))),
      ("GET", "/videos/a.mp4?acl", .getObjectACL(object("a.mp4"))),
      ("GET", "/videos/a.mp4?tagging", .getObjectTagging(object("a.mp4"))),
      ("PUT", "/videos/a.mp4?tagging", .putObjectTagging(object("a.mp4"))),
      ("DELETE", "/videos/a.mp4?tagging", .deleteObjectTagging(object("a.mp4"))),
      ("POST", "/videos/a.mp4?uploads", .createMultipartUpload(object("a.mp4"))),
      ("PUT", "/videos/a.mp4?partNumber=7&uploadId=x", .uploadPart(object("a.mp4"), .init(uploadID: "x", number: 7))),
      ("POST", "/videos/a.mp4?uploadId=x", .completeMultipartUpload(object("a.mp4"), uploadID: "x")),
      ("DELETE", "/videos/a.mp4?uploadId=x", .abortMultipartUpload(object("a.mp4"), uploadID: "x")),
      ("GET", "/videos/a.mp4?uploadId=x&max-parts=1", .listParts(object("a.mp4"), uploadID: "x")),
    ] as [(String, String, S3Operation)])
  func pathStyle(method: String, target: String, expected: S3Operation) throws {
    #expect(try Self.parse(method, target) == expected)
  }

  @Test(
    "with every key as it was meant",
    arguments: [
      ("/videos/some%20folder/%C3%BCn%C3%AF%2Bcode%20%26%20name.v2.mp4", "some folder/ünï+code & name.v2.mp4"),
      ("/videos/a+b", "a+b"),
      ("/videos//lead", "/lead"),
      ("/videos/a//b/", "a//b/"),
      ("/videos/../../etc/passwd", "../../etc/passwd"),
      ("/videos/%2e%2e%2f", "../"),
      ("/videos/%2525", "%25"),
      ("/videos/e%CC%81", "e\u{301}"),
    ])
  func keys(target: String, key: String) throws {
    #expect(try Self.parse("GET", target) == .getObject(Self.object(key)))
  }

  @Test(
    "in virtual-host style",
    arguments: [
      ("videos.localhost:4566", "/a/b", .getObject(object("a/b"))),
      ("VIDEOS.LocalHost", "/", .listObjectsV1("videos")),
      ("videos.s3.localhost", "/", .listObjectsV1("videos")),
      ("my.videos.localhost", "/", .listObjectsV1("my.videos")),
      ("localhost:4566", "/videos", .listObjectsV1("videos")),
      ("[::1]:4566", "/videos", .listObjectsV1("videos")),
      ("example.com", "/videos", .listObjectsV1("videos")),
    ] as [(String, String, S3Operation)])
  func virtualHost(host: String, path: String, expected: S3Operation) throws {
    #expect(try Self.parse("GET", path, host: host) == expected)
  }

  @Test("copies are told by their source")
  func copies() throws {
    let headers: HTTPFields = [HTTPField.Name("x-amz-copy-source")!: "/videos/b"]
    #expect(try Self.parse("PUT", "/videos/a", headers: headers) == .copyObject(Self.object("a")))
    #expect(
      try Self.parse("PUT", "/videos/a?partNumber=1&uploadId=x", headers: headers)
        == .uploadPartCopy(Self.object("a"), .init(uploadID: "x", number: 1)))
  }

  @Test(
    "refuses what it cannot do, instead of doing something else",
    arguments: [
      ("PUT", "/videos?versioning", "NotImplemented"),
      ("PUT", "/videos?policy", "NotImplemented"),
      ("PUT", "/videos/a?retention", "NotImplemented"),
      ("GET", "/videos/a?torrent", "NotImplemented"),
      ("POST", "/videos/a?select&select-type=2", "NotImplemented"),
      ("GET", "/videos/a?versionId=abc", "NoSuchVersion"),
      ("POST", "/", "MethodNotAllowed"),
      ("PATCH", "/videos/a", "MethodNotAllowed"),
      ("POST", "/videos/a", "MethodNotAllowed"),
      ("PUT", "/videos/a?uploadId=x&partNumber=0", "InvalidArgument"),
      ("PUT", "/videos/a?uploadId=x&partNumber=10001", "InvalidArgument"),
      ("PUT", "/videos/a?uploadId=x", "InvalidArgument"),
      ("GET", "/Videos", "InvalidBucketName"),
      ("GET", "/..", "InvalidBucketName"),
      ("GET", "//a", "InvalidBucketName"),
      ("GET", "/videos/%zz", "InvalidURI"),
      ("GET", "/videos/%ff", "InvalidURI"),
      ("GET", "/videos/%00", "InvalidArgument"),
      ("GET", "/videos/" + String(repeating: "a", count: 1025), "KeyTooLongError"),
    ])
  func refusals(method: String, target: String, code: String) {
    let error = #expect(throws: S3Error.self) { try Self.parse(method, target) }
    #expect(error?.code == code)
  }
}
