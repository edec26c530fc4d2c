import HTTPServer
import HTTPTypes
import S3Protocol

extension S3Call {
  /// - Throws: `AccessControlListNotSupported`, as buckets with ACLs switched off have it.
  func refuseForeignACL() throws(S3Error) { try headers.refuseForeignACL() }

  /// - Throws: `NotImplemented`, `InvalidArgument`.
  func refuseUnimplementedStorage() throws(S3Error) { try headers.refuseUnimplementedStorage() }

  /// - Throws: `AccessDenied` for an owner who is another.
  func checkExpectedOwner(_ ownerID: String) throws(S3Error) {
    for name in ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"] {
      guard let expected = header(name), expected != ownerID else { continue }
      throw S3Error(.accessDenied, message: "The bucket's owner is not the one that \(name) names.")
    }
  }
}

/// What would be stored in another way than was asked for. Of a form, its fields. docs/S3.md names every one of them.
extension HTTPFields {
  /// Everything belongs to one owner: an ACL that would open it to others is refused, not forgotten.
  func refuseForeignACL() throws(S3Error) {
    let harmless = ["private", "bucket-owner-full-control", "bucket-owner-read"]
    let grants = contains { $0.name.canonicalName.utf8.starts(with: "x-amz-grant-".utf8) }
    let acl = value("x-amz-acl") ?? value("acl")
    guard !grants, acl.map(harmless.contains) ?? true else { throw S3Error.aclNotSupported }
  }

  static let unimplementedStorage = [
    "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-context", "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key", "x-amz-server-side-encryption-customer-key-md5",
    "x-amz-object-lock-mode", "x-amz-object-lock-legal-hold", "x-amz-object-lock-retain-until-date",
    "x-amz-website-redirect-location", "x-amz-write-offset-bytes",
  ]

  func refuseUnimplementedStorage() throws(S3Error) {
    for name in Self.unimplementedStorage {
      guard let value = value(name) else { continue }
      if name.hasSuffix("bucket-key-enabled"), value.lowercased() == "false" { continue }
      throw S3Error(.notImplemented, extra: ["Header": name])
    }
    switch value("x-amz-server-side-encryption") {
    case nil, "AES256": break
    case "aws:kms", "aws:kms:dsse", "aws:fsx", "aws:backup":
      throw S3Error(.notImplemented, extra: ["Header": "x-amz-server-side-encryption"])
    case let other?:
      throw S3Error(
        .invalidArgument, message: "The encryption method specified is not supported",
        extra: ["ArgumentName": "x-amz-server-side-encryption", "ArgumentValue": other])
    }
  }
}

extension S3Error {
  /// As buckets answer whose ACLs are switched off, which is S3's default.
  static let aclNotSupported = S3Error(
    code: "AccessControlListNotSupported", message: "The bucket does not allow ACLs", httpStatus: 400)
}
