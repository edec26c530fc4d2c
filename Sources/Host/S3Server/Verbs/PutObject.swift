import HTTPServer
import HTTPTypes
import HummingbirdCore
import S3Protocol

extension S3Responder {
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
  func putObject(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    try call.refuseForeignACL()
    try call.refuseUnimplementedStorage()
    let write = ObjectWrite(
      address: address, attributes: try ObjectAttributes(call.headers), conditions: call.preconditions,
      cause: call.cause(.put))
    let body = try call.upload()
    // No client should send gigabytes to learn that the bucket is missing; a short body is read before it could be told.
    if body.isLong { try await backend.admitWrite(to: address, if: write.conditions) }
    let record = try await backend.put(write, body: body)
    var response = Response(status: .ok)
    response.headers.set("etag", record.etag.quoted)
    response.headers.set(record.checksum)
    response.headers.set("x-amz-server-side-encryption", record.attributes.encryption)
    try await setExpiration(&response.headers, of: record)
    return response
  }
}
