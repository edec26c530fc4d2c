import HTTPServer
import S3Storage
import Encodings
import HummingbirdCore
import S3Protocol
import SigV4

extension S3Responder {
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
  func copyObject(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    try call.refuseForeignACL()
    try call.refuseUnimplementedStorage()
    let replaces = try directive("x-amz-metadata-directive", call)
    let replacesTags = try directive("x-amz-tagging-directive", call)
    let source = try await openCopySource(call)
    let changesStorage = ["x-amz-storage-class", "x-amz-server-side-encryption"].contains { call.header($0) != nil }
    guard replaces || replacesTags || changesStorage || source.record.address != address else {
      throw S3Error(
        .invalidRequest,
        message: "This copy request is illegal because it is trying to copy an object to itself without changing the "
          + "object's metadata, storage class, website redirect location or encryption attributes.")
    }
    guard source.record.size <= configuration.maximumUploadSize else {
      throw S3Error(
        .invalidRequest,
        message: "The specified copy source is larger than the maximum allowable size for a copy source: "
          + "\(configuration.maximumUploadSize)")
    }
    let given = try ObjectAttributes(call.headers)
    var attributes = replaces ? given : source.record.attributes
    attributes.tags = replacesTags ? given.tags : source.record.attributes.tags
    // These are the request's in every case.
    (attributes.storageClass, attributes.encryption) = (given.storageClass, given.encryption)
    let checksum = try call.header("x-amz-checksum-algorithm").map { name throws(S3Error) in
      try BodyPlan.algorithm(named: name)
    }
    let write = ObjectWrite(
      address: address, attributes: attributes, conditions: call.preconditions, cause: call.cause(.copy))
    let record = try await backend.copy(source, as: write, checksum: checksum)
    var response = Response.xml(
      CopyObjectResult(
        etag: record.etag, lastModified: record.lastModified, checksums: ObjectChecksums(record.checksum)
      ).encode())
    response.headers.set("x-amz-server-side-encryption", record.attributes.encryption)
    try await setExpiration(&response.headers, of: record)
    return response
  }

  /// The object that `x-amz-copy-source` names, if its conditions hold.
  func openCopySource(_ call: S3Call) async throws -> any OpenObject {
    let header = call.header("x-amz-copy-source") ?? ""
    let parts = header.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, parts[1] != "versionId=null" {
      throw S3Error(.noSuchVersion)
    }
    let path = PercentEncoding.decode(String(parts[0])).map { $0.hasPrefix("/") ? $0.dropFirst() : $0[...] }
    guard let path, let slash = path.firstIndex(of: "/"), slash != path.startIndex else {
      throw S3Error(
        .invalidArgument, message: "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        extra: ["ArgumentName": "x-amz-copy-source", "ArgumentValue": header])
    }
    let address = ObjectAddress(bucket: String(path[..<slash]), key: String(path[path.index(after: slash)...]))
    try BucketName.validate(address.bucket)
    try ObjectKey.validate(address.key)
    let object = try await backend.open(address)
    let conditions = Preconditions(copySourceHeaders: { call.header($0) })
    if let error = conditions.evaluateCopySource(etag: object.record.etag, lastModified: object.record.lastModified) {
      throw error
    }
    return object
  }

  private func directive(_ name: String, _ call: S3Call) throws(S3Error) -> Bool {
    switch call.header(name)?.uppercased() {
    case nil, "COPY": return false
    case "REPLACE": return true
    case let value?:
      throw S3Error(
        .invalidArgument, message: "Unknown directive in \(name).",
        extra: ["ArgumentName": name, "ArgumentValue": value])
    }
  }
}
