import HTTPTypes
import S3Protocol

extension S3Call {
  /// Everything belongs to one owner: an ACL that would open it to others is refused, not forgotten.
  ///
  /// - Throws: `AccessControlListNotSupported`, as buckets with ACLs switched off have it.
  func refuseForeignACL() throws(S3Error) {
    let harmless = ["private", "bucket-owner-full-control", "bucket-owner-read"]
    let grants = headers.contains { $0.name.canonicalName.utf8.starts(with: "x-amz-grant-".utf8) }
    guard !grants, header("x-amz-acl").map(harmless.contains) ?? true else { throw S3Error.aclNotSupported }
  }

  /// Storage that would not be what was asked for.
  ///
  /// - Throws: `InvalidStorageClass`, `NotImplemented`.
  func refuseUnimplementedStorage() throws(S3Error) {
    if let storageClass = header("x-amz-storage-class"), storageClass != "STANDARD" {
      throw S3Error(.invalidStorageClass, extra: ["StorageClassRequested": storageClass])
    }
    for name in [
      "x-amz-server-side-encryption", "x-amz-server-side-encryption-customer-algorithm",
      "x-amz-object-lock-mode", "x-amz-object-lock-legal-hold", "x-amz-website-redirect-location",
    ] where header(name) != nil {
      throw S3Error(.notImplemented, extra: ["Header": name])
    }
    if header("x-amz-write-offset-bytes") != nil {
      throw S3Error(.notImplemented, extra: ["Header": "x-amz-write-offset-bytes"])
    }
  }
}

extension S3Error {
  /// As buckets answer whose ACLs are switched off, which is S3's default.
  static let aclNotSupported = S3Error(
    code: "AccessControlListNotSupported", message: "The bucket does not allow ACLs", httpStatus: 400)
}
