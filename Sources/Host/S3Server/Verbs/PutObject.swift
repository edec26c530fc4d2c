import HTTPServer
import S3Storage
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
    let record: ObjectRecord
    if let file = call.header(HeldFileHeader.name) {
      record = try await adopt(file, as: write, call)
    } else {
      let body = try call.upload()
      // No client should send gigabytes to learn that the bucket is missing; a short body is read before it could be told.
      if body.isLong { try await backend.admitWrite(to: address, if: write.conditions) }
      record = try await backend.put(write, body: body)
    }
    var response = Response(status: .ok)
    response.headers.set("etag", record.etag.quoted)
    response.headers.set(record.checksum)
    response.headers.set("x-amz-server-side-encryption", record.attributes.encryption)
    try await setExpiration(&response.headers, of: record)
    return response
  }

  /// The object is a file that this host holds; the request has no body.
  private func adopt(_ address: String, as write: ObjectWrite, _ call: S3Call) async throws -> ObjectRecord {
    // An address that was signed for others to send a body to must not name a file of theirs.
    guard call.header("authorization") != nil, (call.header("content-length") ?? "0") == "0",
      let file = held?.take(address)
    else { throw S3Error(.notImplemented, extra: ["Header": HeldFileHeader.name]) }
    return try await backend.adopt(file, as: write)
  }
}
