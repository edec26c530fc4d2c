/// Every error that the store answers or the client knows, under S3's own names.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
package enum S3ErrorCode: String, CaseIterable, Sendable {
  case accessDenied = "AccessDenied"
  case authorizationHeaderMalformed = "AuthorizationHeaderMalformed"
  case authorizationQueryParametersError = "AuthorizationQueryParametersError"
  case badDigest = "BadDigest"
  case bucketAlreadyExists = "BucketAlreadyExists"
  case bucketAlreadyOwnedByYou = "BucketAlreadyOwnedByYou"
  case bucketNotEmpty = "BucketNotEmpty"
  case conditionalRequestConflict = "ConditionalRequestConflict"
  case entityTooLarge = "EntityTooLarge"
  case entityTooSmall = "EntityTooSmall"
  case expiredToken = "ExpiredToken"
  case illegalLocationConstraint = "IllegalLocationConstraintException"
  case incompleteBody = "IncompleteBody"
  case internalError = "InternalError"
  case invalidAccessKeyID = "InvalidAccessKeyId"
  case invalidArgument = "InvalidArgument"
  case invalidBucketName = "InvalidBucketName"
  case invalidDigest = "InvalidDigest"
  case invalidLocationConstraint = "InvalidLocationConstraint"
  case invalidObjectState = "InvalidObjectState"
  case invalidPart = "InvalidPart"
  case invalidPartNumber = "InvalidPartNumber"
  case invalidPartOrder = "InvalidPartOrder"
  case invalidRange = "InvalidRange"
  case invalidRequest = "InvalidRequest"
  case invalidSecurity = "InvalidSecurity"
  case invalidStorageClass = "InvalidStorageClass"
  case invalidTag = "InvalidTag"
  case invalidToken = "InvalidToken"
  case invalidURI = "InvalidURI"
  case keyTooLong = "KeyTooLongError"
  case malformedPOSTRequest = "MalformedPOSTRequest"
  case malformedTrailer = "MalformedTrailerError"
  case malformedXML = "MalformedXML"
  case maxMessageLengthExceeded = "MaxMessageLengthExceeded"
  case maxPostPreDataLengthExceeded = "MaxPostPreDataLengthExceededError"
  case metadataTooLarge = "MetadataTooLarge"
  case methodNotAllowed = "MethodNotAllowed"
  case missingContentLength = "MissingContentLength"
  case missingRequestBody = "MissingRequestBodyError"
  case missingSecurityHeader = "MissingSecurityHeader"
  case noSuchBucket = "NoSuchBucket"
  case noSuchBucketPolicy = "NoSuchBucketPolicy"
  case noSuchCORSConfiguration = "NoSuchCORSConfiguration"
  case noSuchKey = "NoSuchKey"
  case noSuchLifecycleConfiguration = "NoSuchLifecycleConfiguration"
  case noSuchPublicAccessBlockConfiguration = "NoSuchPublicAccessBlockConfiguration"
  case noSuchTagSet = "NoSuchTagSet"
  case noSuchUpload = "NoSuchUpload"
  case noSuchVersion = "NoSuchVersion"
  case noSuchWebsiteConfiguration = "NoSuchWebsiteConfiguration"
  case notFound = "NotFound"
  case notImplemented = "NotImplemented"
  case notModified = "NotModified"
  case objectLockConfigurationNotFound = "ObjectLockConfigurationNotFoundError"
  case operationAborted = "OperationAborted"
  case ownershipControlsNotFound = "OwnershipControlsNotFoundError"
  case permanentRedirect = "PermanentRedirect"
  case preconditionFailed = "PreconditionFailed"
  case replicationConfigurationNotFound = "ReplicationConfigurationNotFoundError"
  case requestHeaderSectionTooLarge = "RequestHeaderSectionTooLarge"
  case requestTimeout = "RequestTimeout"
  case requestTimeTooSkewed = "RequestTimeTooSkewed"
  case serverSideEncryptionConfigurationNotFound = "ServerSideEncryptionConfigurationNotFoundError"
  case serviceUnavailable = "ServiceUnavailable"
  case signatureDoesNotMatch = "SignatureDoesNotMatch"
  case slowDown = "SlowDown"
  case tooManyBuckets = "TooManyBuckets"
  case unexpectedContent = "UnexpectedContent"
  case userKeyMustBeSpecified = "UserKeyMustBeSpecified"
  case contentChecksumMismatch = "XAmzContentChecksumMismatch"
  case contentSHA256Mismatch = "XAmzContentSHA256Mismatch"
}

extension S3ErrorCode {
  /// The status that S3 answers with.
  package var httpStatus: Int {
    switch self {
    case .permanentRedirect: 301
    case .notModified: 304
    case .accessDenied, .invalidAccessKeyID, .invalidObjectState, .invalidSecurity, .requestTimeTooSkewed,
      .signatureDoesNotMatch:
      403
    case .noSuchBucket, .noSuchBucketPolicy, .noSuchCORSConfiguration, .noSuchKey,
      .noSuchLifecycleConfiguration, .noSuchPublicAccessBlockConfiguration, .noSuchTagSet, .noSuchUpload,
      .noSuchVersion, .noSuchWebsiteConfiguration, .notFound, .objectLockConfigurationNotFound,
      .ownershipControlsNotFound, .replicationConfigurationNotFound,
      .serverSideEncryptionConfigurationNotFound:
      404
    case .methodNotAllowed: 405
    case .bucketAlreadyExists, .bucketAlreadyOwnedByYou, .bucketNotEmpty, .conditionalRequestConflict,
      .operationAborted:
      409
    case .missingContentLength: 411
    case .preconditionFailed: 412
    case .invalidPartNumber, .invalidRange: 416
    case .internalError: 500
    case .notImplemented: 501
    case .serviceUnavailable, .slowDown: 503
    default: 400
    }
  }

  /// The same request may succeed later with nothing changed.
  package var isRetryable: Bool {
    switch self {
    case .conditionalRequestConflict, .internalError, .operationAborted, .requestTimeout, .serviceUnavailable,
      .slowDown:
      true
    default: false
    }
  }
}
