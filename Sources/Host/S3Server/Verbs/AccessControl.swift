import HTTPTypes
import S3Storage
import HummingbirdCore
import S3Protocol

/// Everything belongs to one owner, who may do everything. That can be read, and "set" by clients which copy it along
/// with an object (`s3cmd cp`); anything else is refused.
extension S3Responder {
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
  func getBucketACL(_ bucket: String, _ call: S3Call) async throws -> Response {
    _ = try await backend.bucket(bucket)
    return .xml(AccessControlPolicy(owner: owner).encode())
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
  func putBucketACL(_ bucket: String, _ call: S3Call) async throws -> Response {
    _ = try await backend.bucket(bucket)
    return try await acceptOwnACL(call)
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
  func getObjectACL(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    _ = try await backend.open(address)
    return .xml(AccessControlPolicy(owner: owner).encode())
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
  func putObjectACL(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    _ = try await backend.open(address)
    return try await acceptOwnACL(call)
  }

  private func acceptOwnACL(_ call: S3Call) async throws -> Response {
    try call.refuseForeignACL()
    let document = try await call.document()
    guard !document.isEmpty else { return Response(status: .ok) }
    let root = try XMLNode.parse(document)
    let grants = root.child("AccessControlList")?.children("Grant") ?? []
    let isOwn = grants.allSatisfy { grant in
      grant.text(of: "Permission") == "FULL_CONTROL" && grant.child("Grantee")?.text(of: "ID") == owner.id
    }
    guard root.name == "AccessControlPolicy", isOwn else { throw S3Error.aclNotSupported }
    return Response(status: .ok)
  }
}
