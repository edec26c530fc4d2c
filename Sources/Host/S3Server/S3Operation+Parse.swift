import HTTPServer
import S3Storage
package import HTTPTypes
package import S3Protocol

extension S3Operation {
  /// Sub-resources that name an operation that is not implemented; ignoring one would do something else than was asked.
  private static let unimplemented: Set<String> = [
    "abac", "accelerate", "analytics", "annotation", "intelligent-tiering", "inventory", "legal-hold", "logging",
    "metadataAnnotationTable", "metadataConfiguration", "metadataInventoryTable", "metadataJournalTable",
    "metadataTable",
    "metrics", "object-lock", "renameObject", "restore", "retention", "select", "session", "torrent",
  ]

  /// Parameters that a request which changes something may name without a value; those of signatures begin with `x-`.
  private static let changeable: Set<String> = [
    "acl", "cors", "delete", "lifecycle", "notification", "partNumber", "requestPayment", "tagging", "uploadId",
    "uploads",
    "versioning",
  ]

  /// Configurations that a bucket here never has: reading one tells so, writing one is not implemented.
  static let absentConfigurations: [String: S3ErrorCode] = [
    "encryption": .serverSideEncryptionConfigurationNotFound,
    "ownershipControls": .ownershipControlsNotFound,
    "policy": .noSuchBucketPolicy,
    "policyStatus": .noSuchBucketPolicy,
    "publicAccessBlock": .noSuchPublicAccessBlockConfiguration,
    "replication": .replicationConfigurationNotFound,
    "tagging": .noSuchTagSet,
    "website": .noSuchWebsiteConfiguration,
  ]

  /// Reads what is asked for, in the order in which S3 looks: target, sub-resource, method, headers.
  ///
  /// - Throws: `NotImplemented`, `MethodNotAllowed`, `InvalidArgument`, `NoSuchVersion`.
  package init(
    method: HTTPRequest.Method, target: RequestTarget, query: QueryParameters, headers: HTTPFields
  ) throws(S3Error) {
    if method == .options {
      self = .preflight(bucket: target.bucket)
      return
    }
    if let name = query.names.first(where: Self.unimplemented.contains) {
      throw S3Error(.notImplemented, message: "The sub-resource '\(name)' is not implemented.")
    }
    if let version = query["versionId"], version != "null" { throw S3Error(.noSuchVersion) }
    // One that came later than this list, too: `PUT /key?rename` must not write to the object.
    if method != .get, method != .head,
      let name = query.names.first(where: {
        query[$0] == "" && !$0.isEmpty && !Self.changeable.contains($0) && !$0.lowercased().hasPrefix("x-")
      }),
      target.key != nil || Self.absentConfigurations[name] == nil
    {
      throw S3Error(.notImplemented, message: "The sub-resource '\(name)' is not implemented.")
    }

    switch (target.bucket, target.key) {
    case (nil, _):
      guard method == .get else { throw S3Error(.methodNotAllowed) }
      self = .listBuckets
    case (let bucket?, nil):
      self = try Self.bucketOperation(method, bucket, query)
    case (let bucket?, let key?):
      self = try Self.objectOperation(method, ObjectAddress(bucket: bucket, key: key), query, headers)
    }
  }

  private static func bucketOperation(
    _ method: HTTPRequest.Method, _ bucket: String, _ query: QueryParameters
  ) throws(S3Error) -> S3Operation {
    for document in BucketDocument.allCases where query.has(document.rawValue) {
      switch method {
      case .get: return .getBucketDocument(document, bucket: bucket)
      case .put: return .putBucketDocument(document, bucket: bucket)
      case .delete where document != .notification: return .deleteBucketDocument(document, bucket: bucket)
      default: throw S3Error(.methodNotAllowed)
      }
    }
    if let name = query.names.first(where: { absentConfigurations[$0] != nil }) {
      if method == .get { return .getAbsentConfiguration(name, bucket: bucket) }
      throw S3Error(.notImplemented, message: "Setting a bucket's '\(name)' is not implemented.")
    }
    switch method {
    case .get:
      if query.has("location") { return .getBucketLocation(bucket) }
      if query.has("versioning") { return .getBucketVersioning(bucket) }
      if query.has("acl") { return .getBucketACL(bucket) }
      if query.has("requestPayment") { return .getBucketRequestPayment(bucket) }
      if query.has("uploads") { return .listMultipartUploads(bucket) }
      if query.has("versions") { return .listObjectVersions(bucket) }
      return query["list-type"] == "2" ? .listObjectsV2(bucket) : .listObjectsV1(bucket)
    case .head: return .headBucket(bucket)
    case .put:
      if query.has("acl") { return .putBucketACL(bucket) }
      if let name = ["versioning", "requestPayment"].first(where: query.has) {
        throw S3Error(.notImplemented, message: "Setting a bucket's '\(name)' is not implemented.")
      }
      return .createBucket(bucket)
    case .delete: return .deleteBucket(bucket)
    case .post: return query.has("delete") ? .deleteObjects(bucket) : .postObject(bucket)
    default: throw S3Error(.methodNotAllowed)
    }
  }

  private static func objectOperation(
    _ method: HTTPRequest.Method, _ address: ObjectAddress, _ query: QueryParameters, _ headers: HTTPFields
  ) throws(S3Error) -> S3Operation {
    let isCopy = headers.value("x-amz-copy-source") != nil
    switch method {
    case .get:
      if let uploadID = query["uploadId"] { return .listParts(address, uploadID: uploadID) }
      if query.has("acl") { return .getObjectACL(address) }
      if query.has("tagging") { return .getObjectTagging(address) }
      if query.has("attributes") { return .getObjectAttributes(address) }
      return .getObject(address)
    case .head: return .headObject(address)
    case .put:
      if query.has("acl") { return .putObjectACL(address) }
      if query.has("tagging") { return .putObjectTagging(address) }
      if let uploadID = query["uploadId"] {
        let part = UploadPart(uploadID: uploadID, number: try query.partNumber)
        return isCopy ? .uploadPartCopy(address, part) : .uploadPart(address, part)
      }
      return isCopy ? .copyObject(address) : .putObject(address)
    case .delete:
      if let uploadID = query["uploadId"] { return .abortMultipartUpload(address, uploadID: uploadID) }
      return query.has("tagging") ? .deleteObjectTagging(address) : .deleteObject(address)
    case .post:
      if query.has("uploads") { return .createMultipartUpload(address) }
      if let uploadID = query["uploadId"] { return .completeMultipartUpload(address, uploadID: uploadID) }
      throw S3Error(.methodNotAllowed)
    default: throw S3Error(.methodNotAllowed)
    }
  }
}
