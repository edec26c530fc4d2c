import HummingbirdCore
import S3Storage
import S3Protocol

extension S3Responder {
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
  func deleteObject(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    let deletion = ObjectDeletion(key: address.key, conditions: try Preconditions(deletionHeaders: { call.header($0) }))
    let results = try await backend.delete([deletion], in: address.bucket, cause: call.cause(.delete))
    if let error = results.first ?? nil { throw error }
    return .noContent
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
  func deleteObjects(_ bucket: String, _ call: S3Call) async throws -> Response {
    let document = try await call.document()
    let request = try DeleteRequest.decode(document)
    var failures: [DeleteResult.Failure] = []
    var deletions: [ObjectDeletion] = []
    for object in request.objects {
      do throws(S3Error) {
        try ObjectKey.validate(object.key)
        if let version = object.versionID, version != "null" { throw S3Error(.noSuchVersion) }
        deletions.append(ObjectDeletion(key: object.key, conditions: object.conditions))
      } catch {
        failures.append(.init(key: object.key, code: error.code, message: error.message))
      }
    }
    var deleted: [String] = []
    let results = try await backend.delete(deletions, in: bucket, cause: call.cause(.delete))
    for (deletion, error) in zip(deletions, results) {
      if let error {
        failures.append(.init(key: deletion.key, code: error.code, message: error.message))
      } else if !request.quiet {
        deleted.append(deletion.key)
      }
    }
    return .xml(DeleteResult(deleted: deleted, failures: failures).encode())
  }
}
