package import S3Storage

/// What a request asks for, read from its head alone.
package enum S3Operation: Sendable, Equatable {
  case listBuckets

  case createBucket(String)
  case headBucket(String)
  case deleteBucket(String)
  case getBucketLocation(String)
  case getBucketVersioning(String)
  case getBucketACL(String)
  case putBucketACL(String)
  case getBucketRequestPayment(String)
  case getBucketDocument(BucketDocument, bucket: String)
  case putBucketDocument(BucketDocument, bucket: String)
  case deleteBucketDocument(BucketDocument, bucket: String)
  /// Asks for a configuration that no bucket here can have; S3 has an error for each that is absent.
  case getAbsentConfiguration(String, bucket: String)
  case listObjectsV1(String)
  case listObjectsV2(String)
  case listObjectVersions(String)
  case listMultipartUploads(String)
  case deleteObjects(String)
  case postObject(String)

  case getObject(ObjectAddress)
  case headObject(ObjectAddress)
  case putObject(ObjectAddress)
  case copyObject(ObjectAddress)
  case deleteObject(ObjectAddress)
  case getObjectAttributes(ObjectAddress)
  case getObjectACL(ObjectAddress)
  case putObjectACL(ObjectAddress)
  case getObjectTagging(ObjectAddress)
  case putObjectTagging(ObjectAddress)
  case deleteObjectTagging(ObjectAddress)

  case createMultipartUpload(ObjectAddress)
  case uploadPart(ObjectAddress, UploadPart)
  case uploadPartCopy(ObjectAddress, UploadPart)
  case completeMultipartUpload(ObjectAddress, uploadID: String)
  case abortMultipartUpload(ObjectAddress, uploadID: String)
  case listParts(ObjectAddress, uploadID: String)

  /// A browser asks what another page may do (CORS); the bucket is nil for the service itself.
  case preflight(bucket: String?)

  /// Which part of which upload.
  package struct UploadPart: Sendable, Equatable {
    package let uploadID: String
    /// 1 to 10,000.
    package let number: Int

    package init(uploadID: String, number: Int) {
      self.uploadID = uploadID
      self.number = number
    }
  }

  /// The bucket it is about.
  package var bucket: String? {
    switch self {
    case .listBuckets: nil
    case .preflight(let bucket): bucket
    case .createBucket(let bucket), .headBucket(let bucket), .deleteBucket(let bucket), .getBucketLocation(let bucket),
      .getBucketVersioning(let bucket), .getBucketACL(let bucket), .putBucketACL(let bucket),
      .getBucketRequestPayment(let bucket),
      .getBucketDocument(_, let bucket), .putBucketDocument(_, let bucket), .deleteBucketDocument(_, let bucket),
      .getAbsentConfiguration(_, let bucket), .listObjectsV1(let bucket), .listObjectsV2(let bucket),
      .listObjectVersions(let bucket),
      .listMultipartUploads(let bucket), .deleteObjects(let bucket), .postObject(let bucket):
      bucket
    default: address?.bucket
    }
  }

  /// The object it is about.
  package var address: ObjectAddress? {
    switch self {
    case .getObject(let address), .headObject(let address), .putObject(let address), .copyObject(let address),
      .deleteObject(let address), .getObjectAttributes(let address), .getObjectACL(let address),
      .putObjectACL(let address),
      .getObjectTagging(let address), .putObjectTagging(let address), .deleteObjectTagging(let address),
      .createMultipartUpload(let address), .uploadPart(let address, _), .uploadPartCopy(let address, _),
      .completeMultipartUpload(let address, _), .abortMultipartUpload(let address, _), .listParts(let address, _):
      address
    default: nil
    }
  }

  /// The name of the API's operation, for logs and metrics: `PutObject`.
  package var name: String {
    switch self {
    case .listBuckets: "ListBuckets"
    case .createBucket: "CreateBucket"
    case .headBucket: "HeadBucket"
    case .deleteBucket: "DeleteBucket"
    case .getBucketLocation: "GetBucketLocation"
    case .getBucketVersioning: "GetBucketVersioning"
    case .getBucketACL: "GetBucketAcl"
    case .putBucketACL: "PutBucketAcl"
    case .getBucketRequestPayment: "GetBucketRequestPayment"
    case .getBucketDocument(.cors, _): "GetBucketCors"
    case .getBucketDocument(.lifecycle, _): "GetBucketLifecycleConfiguration"
    case .putBucketDocument(.lifecycle, _): "PutBucketLifecycleConfiguration"
    case .deleteBucketDocument(.lifecycle, _): "DeleteBucketLifecycle"
    case .getBucketDocument(.notification, _): "GetBucketNotificationConfiguration"
    case .putBucketDocument(.cors, _): "PutBucketCors"
    case .putBucketDocument(.notification, _): "PutBucketNotificationConfiguration"
    case .deleteBucketDocument(.cors, _): "DeleteBucketCors"
    case .deleteBucketDocument(.notification, _): "DeleteBucketNotificationConfiguration"
    case .getAbsentConfiguration(let subresource, _): "GetBucket:\(subresource)"
    case .listObjectsV1: "ListObjects"
    case .listObjectsV2: "ListObjectsV2"
    case .listObjectVersions: "ListObjectVersions"
    case .listMultipartUploads: "ListMultipartUploads"
    case .deleteObjects: "DeleteObjects"
    case .postObject: "PostObject"
    case .getObject: "GetObject"
    case .headObject: "HeadObject"
    case .putObject: "PutObject"
    case .copyObject: "CopyObject"
    case .deleteObject: "DeleteObject"
    case .getObjectAttributes: "GetObjectAttributes"
    case .getObjectACL: "GetObjectAcl"
    case .putObjectACL: "PutObjectAcl"
    case .getObjectTagging: "GetObjectTagging"
    case .putObjectTagging: "PutObjectTagging"
    case .deleteObjectTagging: "DeleteObjectTagging"
    case .createMultipartUpload: "CreateMultipartUpload"
    case .uploadPart: "UploadPart"
    case .uploadPartCopy: "UploadPartCopy"
    case .completeMultipartUpload: "CompleteMultipartUpload"
    case .abortMultipartUpload: "AbortMultipartUpload"
    case .listParts: "ListParts"
    case .preflight: "Preflight"
    }
  }
}
