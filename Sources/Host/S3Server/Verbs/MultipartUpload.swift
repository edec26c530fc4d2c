import HTTPServer
import S3Storage
import Checksums
import HTTPTypes
import HummingbirdCore
import S3Protocol

extension S3Responder {
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
  func createMultipartUpload(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    try call.refuseForeignACL()
    try call.refuseUnimplementedStorage()
    let checksum = try UploadChecksum(call.headers) ?? .standard
    let id = try await backend.createUpload(
      UploadCreation(
        address: address, attributes: try ObjectAttributes(call.headers), checksum: checksum, time: call.time))
    var response = Response.xml(
      InitiateMultipartUploadResult(bucket: address.bucket, key: address.key, uploadID: id).encode())
    response.headers.set("x-amz-checksum-algorithm", checksum.algorithm.rawValue)
    response.headers.set("x-amz-checksum-type", checksum.kind.rawValue)
    response.headers.set("x-amz-server-side-encryption", call.header("x-amz-server-side-encryption"))
    return response
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
  func uploadPart(_ part: S3Operation.UploadPart, of address: ObjectAddress, _ call: S3Call) async throws -> Response {
    var body = try call.upload()
    let upload = try await backend.upload(part.uploadID, of: address)
    if let checksum = upload.checksum, !(checksum.isDefault && body.hasOwnChecksum) {
      body = try body.computing(checksum.algorithm)
    }
    let record = try await backend.putPart(part.number, of: upload, at: call.time, body: body)
    var response = Response(status: .ok)
    response.headers.set("etag", record.etag.quoted)
    if let checksum = record.checksum { response.headers.set(checksum.algorithm.headerName, checksum.value) }
    return response
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
  func uploadPartCopy(
    _ part: S3Operation.UploadPart, of address: ObjectAddress, _ call: S3Call
  ) async throws -> Response {
    let upload = try await backend.upload(part.uploadID, of: address)
    let source = try await openCopySource(call)
    let range = try call.header("x-amz-copy-source-range").map { header throws(S3Error) in
      let range = try ByteRange.parseCopySource(header, size: source.record.size)
      return range.lowerBound..<(range.upperBound + 1)
    }
    guard range.map({ $0.upperBound - $0.lowerBound }) ?? source.record.size <= configuration.maximumUploadSize else {
      throw S3Error(.entityTooLarge)
    }
    let record = try await backend.copyPart(part.number, of: upload, at: call.time, from: source, range: range)
    return .xml(
      CopyPartResult(
        etag: record.etag, lastModified: record.lastModified, checksums: ObjectChecksums(record.checksum)
      ).encode())
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
  func abortMultipartUpload(_ id: String, of address: ObjectAddress, _ call: S3Call) async throws -> Response {
    try await backend.abortUpload(id, of: address)
    return .noContent
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
  func listParts(_ id: String, of address: ObjectAddress, _ call: S3Call) async throws -> Response {
    let limit = try ListingQuery.limit(parameter: call.query["max-parts"], name: "max-parts")
    let marker = try call.query.partNumberMarker
    let upload = try await backend.upload(id, of: address)
    let (parts, isTruncated) = try await backend.parts(of: upload, after: marker, limit: limit)
    let result = ListPartsResult(
      bucket: address.bucket, key: address.key, uploadID: id, owner: owner, partNumberMarker: marker,
      nextPartNumberMarker: isTruncated ? parts.last?.number : nil, maxParts: limit, isTruncated: isTruncated,
      parts: parts.map {
        .init(
          number: $0.number, etag: $0.etag, size: $0.size, lastModified: $0.lastModified,
          checksums: ObjectChecksums($0.checksum.map { [$0.algorithm: $0.value] } ?? [:]))
      },
      checksumAlgorithm: upload.checksum?.algorithm, checksumKind: upload.checksum?.kind,
      encoding: try KeyEncoding(parameter: call.query["encoding-type"]))
    return .xml(result.encode())
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
  func listMultipartUploads(_ bucket: String, _ call: S3Call) async throws -> Response {
    let query = call.query
    if let delimiter = query["delimiter"], !delimiter.isEmpty {
      throw S3Error(.notImplemented, message: "Listing uploads with a delimiter is not implemented.")
    }
    let limit = try ListingQuery.limit(parameter: query["max-uploads"], name: "max-uploads")
    let keyMarker = query["key-marker"].flatMap { $0.isEmpty ? nil : $0 }
    let idMarker = query["upload-id-marker"].flatMap { $0.isEmpty || keyMarker == nil ? nil : $0 }
    let prefix = query["prefix"] ?? ""
    let (uploads, isTruncated) = try await backend.uploads(
      UploadQuery(prefix: prefix, keyMarker: keyMarker, uploadIDMarker: idMarker, limit: limit), in: bucket)
    let result = ListMultipartUploadsResult(
      bucket: bucket, keyMarker: keyMarker ?? "", uploadIDMarker: idMarker ?? "",
      nextKeyMarker: isTruncated ? uploads.last?.address.key : nil,
      nextUploadIDMarker: isTruncated ? uploads.last?.id : nil, prefix: prefix, delimiter: nil, maxUploads: limit,
      isTruncated: isTruncated,
      uploads: uploads.map {
        .init(
          key: $0.address.key, uploadID: $0.id, initiated: $0.created, owner: owner,
          checksumAlgorithm: $0.checksum?.algorithm)
      },
      commonPrefixes: [], encoding: try KeyEncoding(parameter: query["encoding-type"]))
    return .xml(result.encode())
  }
}
