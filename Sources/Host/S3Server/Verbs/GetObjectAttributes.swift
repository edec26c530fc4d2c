import Encodings
import S3Storage
import HTTPServer
import HummingbirdCore
import HTTPTypes
import S3Protocol

extension S3Responder {
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
  func getObjectAttributes(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    let wanted = Set((call.header("x-amz-object-attributes") ?? "").split(separator: ",").map(\.trimmingSpaces))
    guard !wanted.isEmpty else {
      throw S3Error(
        .invalidArgument, message: "x-amz-object-attributes must name at least one attribute",
        extra: ["ArgumentName": "x-amz-object-attributes"])
    }
    let record = try await backend.open(address).record
    if var error = call.preconditions.evaluateRead(etag: record.etag, lastModified: record.lastModified) {
      if error.knownCode == .notModified { error.headers = record.cacheHeaders }
      throw error
    }
    let limit = min(Int(call.header("x-amz-max-parts") ?? "") ?? 1000, 1000)
    let marker = Int(call.header("x-amz-part-number-marker") ?? "") ?? 0
    let rest = record.parts.filter { $0.number > marker }
    let parts = rest.prefix(max(0, limit))
    let document = XMLWriter.document(root: "GetObjectAttributesResponse") { writer in
      if wanted.contains("ETag") { writer.element("ETag", record.etag.value) }
      if wanted.contains("Checksum"), let checksum = record.checksum {
        writer.element("Checksum") {
          $0.element(checksum.algorithm.elementName, checksum.value)
          $0.element("ChecksumType", checksum.kind.rawValue)
        }
      }
      if wanted.contains("ObjectParts"), !record.parts.isEmpty {
        writer.element("ObjectParts") { writer in
          writer.element("PartsCount", record.parts.count)
          writer.element("PartNumberMarker", marker)
          writer.element("NextPartNumberMarker", parts.last?.number ?? 0)
          writer.element("MaxParts", limit)
          writer.element("IsTruncated", parts.count < rest.count)
          for part in parts {
            writer.element("Part") {
              $0.element("PartNumber", part.number)
              $0.element("Size", part.size)
              if let checksum = part.checksum { $0.element(checksum.algorithm.elementName, checksum.value) }
            }
          }
        }
      }
      if wanted.contains("StorageClass") {
        writer.element("StorageClass", record.attributes.storageClass ?? "STANDARD")
      }
      if wanted.contains("ObjectSize") { writer.element("ObjectSize", record.size) }
    }
    var response = Response.xml(document)
    response.headers.set("last-modified", HTTPDate.format(record.lastModified))
    return response
  }
}
