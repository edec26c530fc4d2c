import HTTPTypes
import S3Storage
import HummingbirdCore
import S3Protocol

extension S3Responder {
  /// Never switched on: an empty document.
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
  func getBucketVersioning(_ bucket: String, _ call: S3Call) async throws -> Response {
    _ = try await backend.bucket(bucket)
    return .xml(VersioningConfiguration().encode())
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html
  func getBucketRequestPayment(_ bucket: String, _ call: S3Call) async throws -> Response {
    _ = try await backend.bucket(bucket)
    return .xml(XMLWriter.document(root: "RequestPaymentConfiguration") { $0.element("Payer", "BucketOwner") })
  }

  /// The truth about configurations that cannot be set here: there is none.
  func getAbsentConfiguration(_ name: String, of bucket: String, _ call: S3Call) async throws -> Response {
    _ = try await backend.bucket(bucket)
    throw S3Error(S3Operation.absentConfigurations[name] ?? .notImplemented, extra: ["BucketName": bucket])
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
  /// and https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html
  func getBucketDocument(_ kind: BucketDocument, of bucket: String, _ call: S3Call) async throws -> Response {
    let document = try await backend.document(kind, of: bucket)
    switch kind {
    case .notification: return .xml(document ?? NotificationConfiguration().encode())
    case .lifecycle:
      guard let document else { throw S3Error(.noSuchLifecycleConfiguration, extra: ["BucketName": bucket]) }
      return .xml(document)
    case .cors:
      guard let document else { throw S3Error(.noSuchCORSConfiguration, extra: ["BucketName": bucket]) }
      return .xml(document)
    }
  }

  /// Stored as understood here, not as sent: what is read back is what is in force.
  func putBucketDocument(_ kind: BucketDocument, of bucket: String, _ call: S3Call) async throws -> Response {
    let document = try await call.document()
    guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
    switch kind {
    case .notification:
      let configuration = try NotificationConfiguration.decode(document)
      try checkNotification(configuration)
      let isEmpty = configuration.targets.isEmpty && !configuration.eventBridge
      try await backend.setDocument(kind, of: bucket, to: isEmpty ? nil : configuration.encode())
    case .lifecycle:
      try await backend.setDocument(kind, of: bucket, to: try LifecycleConfiguration.decode(document).encode())
    case .cors:
      try await backend.setDocument(kind, of: bucket, to: try CORSConfiguration.decode(document).encode())
    }
    return Response(status: .ok)
  }

  func deleteBucketDocument(_ kind: BucketDocument, of bucket: String, _ call: S3Call) async throws -> Response {
    try await backend.setDocument(kind, of: bucket, to: nil)
    return .noContent
  }
}
