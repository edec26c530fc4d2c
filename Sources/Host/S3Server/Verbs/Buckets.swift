import S3Storage
import HTTPServer
import HTTPTypes
import HummingbirdCore
import S3Protocol

extension S3Responder {
  var owner: Owner { Owner(id: configuration.ownerID, displayName: configuration.ownerID) }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
  func listBuckets(_ call: S3Call) async throws -> Response {
    let (query, all) = (call.query, try await backend.buckets())
    let isPaged = ["max-buckets", "prefix", "continuation-token", "bucket-region"].contains(where: query.has)
    guard isPaged else {
      let buckets = all.map { ListBucketsResult.Bucket(name: $0.name, creationDate: $0.created) }
      return .xml(ListBucketsResult(owner: owner, buckets: buckets).encode())
    }
    let region = query["bucket-region"]
    if let region, region != configuration.region {
      throw S3Error(
        .invalidArgument,
        message: "Argument value \(region.prefix(40)) is not a valid AWS Region here; this is \(configuration.region)",
        extra: ["ArgumentName": "bucket-region", "ArgumentValue": region])
    }
    let limit = try Self.bucketLimit(query["max-buckets"])
    let prefix = query["prefix"] ?? ""
    let token = query["continuation-token"].flatMap { $0.isEmpty ? nil : $0 }
    let after = try token.map { token throws(S3Error) in try ContinuationToken.decode(token) }
    // Names are ASCII, and sorted.
    let wanted = all.filter { $0.name.hasPrefix(prefix) && $0.name > (after ?? "") }
    let page = wanted.prefix(limit).map {
      ListBucketsResult.Bucket(name: $0.name, creationDate: $0.created, region: configuration.region)
    }
    let next = page.count < wanted.count ? page.last.map { ContinuationToken.encode(last: $0.name) } : nil
    return .xml(
      ListBucketsResult(
        owner: owner, buckets: page, prefix: query.has("prefix") ? prefix : nil, continuationToken: next
      ).encode())
  }

  private static func bucketLimit(_ parameter: String?) throws(S3Error) -> Int {
    guard let parameter, !parameter.isEmpty else { return 10_000 }
    guard let limit = Int(parameter), (1...10_000).contains(limit) else {
      throw S3Error(
        .invalidArgument, message: "Argument max-buckets must be an integer between 1 and 10000",
        extra: ["ArgumentName": "max-buckets", "ArgumentValue": parameter])
    }
    return limit
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
  ///
  /// Creating a bucket one has already succeeds, as in S3's oldest region, so that scripts can be run twice.
  func createBucket(_ bucket: String, _ call: S3Call) async throws -> Response {
    let document = try await call.document()
    if !document.isEmpty { _ = try CreateBucketConfiguration.decode(document) }
    if call.header("x-amz-bucket-object-lock-enabled")?.lowercased() == "true" {
      throw S3Error(.notImplemented, message: "Object lock is not implemented.")
    }
    try call.refuseForeignACL()
    _ = try await backend.createBucket(bucket, at: call.time)
    return Response(status: .ok, headers: [.location: "/\(bucket)"])
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
  func headBucket(_ bucket: String, _ call: S3Call) async throws -> Response {
    _ = try await backend.bucket(bucket)
    var response = Response(status: .ok)
    response.headers.set("x-amz-bucket-region", configuration.region)
    return response
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
  func deleteBucket(_ bucket: String, _ call: S3Call) async throws -> Response {
    try await backend.deleteBucket(bucket)
    return .noContent
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
  func getBucketLocation(_ bucket: String, _ call: S3Call) async throws -> Response {
    _ = try await backend.bucket(bucket)
    return .xml(LocationConstraint(region: configuration.region).encode())
  }
}
