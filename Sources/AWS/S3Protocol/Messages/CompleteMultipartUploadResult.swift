/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
package struct CompleteMultipartUploadResult: XMLMessage, Equatable {
  package static var rootName: String { "CompleteMultipartUploadResult" }

  /// The object's URL.
  package var location: String
  package var bucket: String
  package var key: String
  package var etag: ETag
  package var checksums: ObjectChecksums

  package init(
    location: String, bucket: String, key: String, etag: ETag, checksums: ObjectChecksums = ObjectChecksums()
  ) {
    self.location = location
    self.bucket = bucket
    self.key = key
    self.etag = etag
    self.checksums = checksums
  }

  package init(_ root: XMLNode) throws(S3Error) {
    self.init(
      location: root.text(of: "Location") ?? "", bucket: root.text(of: "Bucket") ?? "", key: root.text(of: "Key") ?? "",
      etag: ETag(try root.required("ETag")), checksums: ObjectChecksums(root))
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("Location", location)
    writer.element("Bucket", bucket)
    writer.element("Key", key)
    writer.element("ETag", etag.quoted)
    checksums.write(to: &writer)
  }
}
