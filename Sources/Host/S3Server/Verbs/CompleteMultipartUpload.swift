import HTTPServer
import S3Storage
import HTTPTypes
import HummingbirdCore
import S3Protocol

extension S3Responder {
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  func completeMultipartUpload(_ id: String, of address: ObjectAddress, _ call: S3Call) async throws -> Response {
    let document = try await call.document(ignoresChecksums: true)
    guard !document.isEmpty else { throw S3Error(.malformedXML) }
    let request = try CompleteMultipartUpload.decode(document)
    try request.validate()
    let upload: UploadRecord
    do {
      upload = try await backend.upload(id, of: address)
    } catch let error as S3Error where error.knownCode == .noSuchUpload {
      // A client that missed the answer completes again.
      guard let record = try? await backend.open(address).record, record.uploadID == id else { throw error }
      return try await completed(record, call)
    }
    let assembler = try PartAssembler(
      upload: upload, request: request, headers: call.headers, minimumPartSize: configuration.minimumPartSize)
    let record = try await backend.completeUpload(
      upload, if: call.preconditions, cause: call.cause(.completeMultipartUpload),
      assemble: { try assembler.assemble($0) })
    return try await completed(record, call)
  }

  private func completed(_ record: ObjectRecord, _ call: S3Call) async throws -> Response {
    let result = CompleteMultipartUploadResult(
      location: call.location(of: record.address), bucket: record.address.bucket, key: record.address.key,
      etag: record.etag, checksums: ObjectChecksums(record.checksum))
    var response = Response.xml(result.encode())
    response.headers.set("x-amz-server-side-encryption", record.attributes.encryption)
    try await setExpiration(&response.headers, of: record)
    return response
  }
}
