import HTTPServer
import HTTPTypes
import HummingbirdCore
import S3Protocol

extension S3Responder {
  var owner: Owner { Owner(id: configuration.ownerID, displayName: configuration.ownerID) }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
  func listBuckets(_ call: S3Call) async throws -> Response {
    let buckets = try await backend.buckets().map {
      ListBucketsResult.Bucket(name: $0.name, creationDate: $0.created)
    }
    return .xml(ListBucketsResult(owner: owner, buckets: buckets).encode())
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
