/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
package struct InitiateMultipartUploadResult: XMLMessage, Equatable {
  package static var rootName: String { "InitiateMultipartUploadResult" }

  package var bucket: String
  package var key: String
  package var uploadID: String

  package init(bucket: String, key: String, uploadID: String) {
    self.bucket = bucket
    self.key = key
    self.uploadID = uploadID
  }

  package init(_ root: XMLNode) throws(S3Error) {
    self.init(
      bucket: try root.required("Bucket"), key: try root.required("Key"), uploadID: try root.required("UploadId"))
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("Bucket", bucket)
    writer.element("Key", key)
    writer.element("UploadId", uploadID)
  }
}
