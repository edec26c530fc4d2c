package import FoundationEssentials

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
package struct CopyObjectResult: XMLMessage, Equatable {
  package static var rootName: String { "CopyObjectResult" }

  package var etag: ETag
  package var lastModified: Date
  package var checksums: ObjectChecksums

  package init(etag: ETag, lastModified: Date, checksums: ObjectChecksums = ObjectChecksums()) {
    self.etag = etag
    self.lastModified = lastModified
    self.checksums = checksums
  }

  package init(_ root: XMLNode) throws(S3Error) {
    self.init(
      etag: ETag(try root.required("ETag")), lastModified: try root.requiredDate("LastModified"),
      checksums: ObjectChecksums(root))
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("LastModified", XMLDate.format(lastModified))
    writer.element("ETag", etag.quoted)
    checksums.write(to: &writer)
  }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
package struct CopyPartResult: XMLMessage, Equatable {
  package static var rootName: String { "CopyPartResult" }

  package var etag: ETag
  package var lastModified: Date
  package var checksums: ObjectChecksums

  package init(etag: ETag, lastModified: Date, checksums: ObjectChecksums = ObjectChecksums()) {
    self.etag = etag
    self.lastModified = lastModified
    self.checksums = checksums
  }

  package init(_ root: XMLNode) throws(S3Error) {
    self.init(
      etag: ETag(try root.required("ETag")), lastModified: try root.requiredDate("LastModified"),
      checksums: ObjectChecksums(root))
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("LastModified", XMLDate.format(lastModified))
    writer.element("ETag", etag.quoted)
    checksums.write(to: &writer)
  }
}
