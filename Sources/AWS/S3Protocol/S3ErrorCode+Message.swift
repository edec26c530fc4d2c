extension S3ErrorCode {
  /// What S3 says where nothing more precise is known.
  package var defaultMessage: String {
    switch self {
    case .accessDenied: "Access Denied"
    case .authorizationHeaderMalformed: "The authorization header that you provided is not valid."
    case .authorizationQueryParametersError: "The authorization query parameters that you provided are not valid."
    case .badDigest: "The Content-MD5 or checksum value that you specified did not match what was received."
    case .bucketAlreadyExists: "The requested bucket name is not available. Select a different name and try again."
    case .bucketAlreadyOwnedByYou: "The bucket that you tried to create already exists, and you own it."
    case .bucketNotEmpty: "The bucket that you tried to delete is not empty."
    case .conditionalRequestConflict: "A conflicting operation occurred during the request. Try again."
    case .entityTooLarge: "Your proposed upload exceeds the maximum allowed object size."
    case .entityTooSmall: "Your proposed upload is smaller than the minimum allowed object size."
    case .expiredToken: "The provided token has expired."
    case .illegalLocationConstraint: "The location constraint is not valid for the region of this endpoint."
    case .incompleteBody: "You did not provide the number of bytes specified by the Content-Length HTTP header."
    case .internalError: "An internal error occurred. Try again."
    case .invalidAccessKeyID: "The AWS Access Key Id you provided does not exist in our records."
    case .invalidArgument: "Invalid Argument"
    case .invalidBucketName: "The specified bucket is not valid."
    case .invalidDigest: "The Content-MD5 or checksum value that you specified is not valid."
    case .invalidLocationConstraint: "The specified location constraint is not valid."
    case .invalidObjectState: "The operation is not valid for the current state of the object."
    case .invalidPart:
      """
      One or more of the specified parts could not be found. The part might not have been uploaded, or the \
      specified entity tag might not have matched the part's entity tag.
      """
    case .invalidPartNumber: "The requested partnumber is not satisfiable."
    case .invalidPartOrder:
      """
      The list of parts was not in ascending order. The parts list must be specified in order by part number.
      """
    case .invalidRange: "The requested range is not satisfiable."
    case .invalidRequest: "Invalid Request"
    case .invalidSecurity: "The provided security credentials are not valid."
    case .invalidStorageClass: "The storage class that you specified is not valid."
    case .invalidTag: "The tag provided was not a valid tag."
    case .invalidToken: "The provided token is malformed or otherwise invalid."
    case .invalidURI: "The specified URI couldn't be parsed."
    case .keyTooLong: "Your key is too long."
    case .malformedPOSTRequest: "The body of your POST request is not well-formed multipart/form-data."
    case .malformedTrailer:
      """
      The request contained trailing data that was not well-formed or did not conform to our published schema.
      """
    case .malformedXML: "The XML you provided was not well-formed or did not validate against our published schema."
    case .maxMessageLengthExceeded: "Your request was too large."
    case .maxPostPreDataLengthExceeded: "Your POST request fields preceding the upload file were too large."
    case .metadataTooLarge: "Your metadata headers exceed the maximum allowed metadata size."
    case .methodNotAllowed: "The specified method is not allowed against this resource."
    case .missingContentLength: "You must provide the Content-Length HTTP header."
    case .missingRequestBody: "Request body is empty."
    case .missingSecurityHeader: "Your request is missing a required header."
    case .noSuchBucket: "The specified bucket does not exist."
    case .noSuchBucketPolicy: "The specified bucket does not have a bucket policy."
    case .noSuchCORSConfiguration: "The CORS configuration does not exist."
    case .noSuchKey: "The specified key does not exist."
    case .noSuchLifecycleConfiguration: "The lifecycle configuration does not exist."
    case .noSuchPublicAccessBlockConfiguration: "The public access block configuration was not found."
    case .noSuchTagSet: "The TagSet does not exist."
    case .noSuchUpload:
      """
      The specified multipart upload does not exist. The upload ID might be invalid, or the upload might have \
      been aborted or completed.
      """
    case .noSuchVersion: "The version ID specified in the request does not match an existing version."
    case .noSuchWebsiteConfiguration: "The specified bucket does not have a website configuration."
    case .notFound: "Not Found"
    case .notImplemented: "A header or query you provided implies functionality that is not implemented."
    case .notModified: "Not Modified"
    case .objectLockConfigurationNotFound: "Object Lock configuration does not exist for this bucket."
    case .operationAborted:
      """
      A conflicting conditional operation is currently in progress against this resource. Try again.
      """
    case .ownershipControlsNotFound: "The bucket ownership controls were not found."
    case .permanentRedirect:
      """
      The bucket that you are attempting to access must be addressed using the specified endpoint.
      """
    case .preconditionFailed: "At least one of the pre-conditions you specified did not hold."
    case .replicationConfigurationNotFound: "The replication configuration was not found."
    case .requestHeaderSectionTooLarge: "Your request header section exceeds the maximum allowed size."
    case .requestTimeout:
      """
      Your socket connection to the server was not read from or written to within the timeout period.
      """
    case .requestTimeTooSkewed: "The difference between the request time and the current time is too large."
    case .serverSideEncryptionConfigurationNotFound: "The server side encryption configuration was not found."
    case .serviceUnavailable: "Service is unable to handle request."
    case .signatureDoesNotMatch:
      """
      The request signature we calculated does not match the signature you provided. Check your key and \
      signing method.
      """
    case .slowDown: "Please reduce your request rate."
    case .tooManyBuckets: "You have attempted to create more buckets than allowed."
    case .unexpectedContent: "This request does not support content."
    case .userKeyMustBeSpecified:
      """
      The bucket POST must contain the specified field name. If it is specified, check the order of the \
      fields.
      """
    case .contentChecksumMismatch: "The provided checksum value does not match what was computed."
    case .contentSHA256Mismatch: "The provided 'x-amz-content-sha256' header does not match what was computed."
    }
  }
}
