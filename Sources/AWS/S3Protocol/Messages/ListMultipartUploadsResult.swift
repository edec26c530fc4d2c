package import Checksums
package import FoundationEssentials

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
package struct ListMultipartUploadsResult: XMLMessage, Equatable {
  package struct Upload: Sendable, Equatable {
    package var key: String
    package var uploadID: String
    package var initiated: Date
    package var owner: Owner
    package var checksumAlgorithm: ChecksumAlgorithm?

    package init(
      key: String, uploadID: String, initiated: Date, owner: Owner, checksumAlgorithm: ChecksumAlgorithm? = nil
    ) {
      self.key = key
      self.uploadID = uploadID
      self.initiated = initiated
      self.owner = owner
      self.checksumAlgorithm = checksumAlgorithm
    }
  }

  package static var rootName: String { "ListMultipartUploadsResult" }

  package var bucket: String
  package var keyMarker: String
  package var uploadIDMarker: String
  package var nextKeyMarker: String?
  package var nextUploadIDMarker: String?
  package var prefix: String
  package var delimiter: String?
  package var maxUploads: Int
  package var isTruncated: Bool
  package var uploads: [Upload]
  package var commonPrefixes: [String]
  package var encoding: KeyEncoding?

  package init(
    bucket: String, keyMarker: String, uploadIDMarker: String, nextKeyMarker: String?, nextUploadIDMarker: String?,
    prefix: String, delimiter: String?, maxUploads: Int, isTruncated: Bool, uploads: [Upload],
    commonPrefixes: [String], encoding: KeyEncoding? = nil
  ) {
    self.bucket = bucket
    self.keyMarker = keyMarker
    self.uploadIDMarker = uploadIDMarker
    self.nextKeyMarker = nextKeyMarker
    self.nextUploadIDMarker = nextUploadIDMarker
    self.prefix = prefix
    self.delimiter = delimiter
    self.maxUploads = maxUploads
    self.isTruncated = isTruncated
    self.uploads = uploads
    self.commonPrefixes = commonPrefixes
    self.encoding = encoding
  }

  package init(_ root: XMLNode) throws(S3Error) {
    let encoding = root.keyEncoding
    self.encoding = encoding
    bucket = try root.required("Bucket")
    keyMarker = try encoding.removed(from: root.text(of: "KeyMarker") ?? "")
    uploadIDMarker = root.text(of: "UploadIdMarker") ?? ""
    nextKeyMarker = try encoding.removed(from: root.nonEmptyText(of: "NextKeyMarker"))
    nextUploadIDMarker = root.nonEmptyText(of: "NextUploadIdMarker")
    prefix = try encoding.removed(from: root.text(of: "Prefix") ?? "")
    delimiter = try encoding.removed(from: root.nonEmptyText(of: "Delimiter"))
    maxUploads = try root.number(of: "MaxUploads") ?? 1000
    isTruncated = try root.flag("IsTruncated")
    uploads = try root.list("Upload") { (node) throws(S3Error) in
      Upload(
        key: try encoding.removed(from: try node.required("Key")), uploadID: try node.required("UploadId"),
        initiated: try node.requiredDate("Initiated"),
        owner: node.child("Owner").map { Owner($0) } ?? Owner(id: "", displayName: ""),
        checksumAlgorithm: node.text(of: "ChecksumAlgorithm").flatMap(ChecksumAlgorithm.init))
    }
    commonPrefixes = try root.commonPrefixes(encoding: encoding)
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("Bucket", bucket)
    writer.element("KeyMarker", encoding.applied(to: keyMarker))
    writer.element("UploadIdMarker", uploadIDMarker)
    writer.element("NextKeyMarker", nextKeyMarker.map(encoding.applied))
    writer.element("NextUploadIdMarker", nextUploadIDMarker)
    writer.element("Prefix", encoding.applied(to: prefix))
    writer.element("Delimiter", delimiter.map(encoding.applied))
    writer.element("MaxUploads", maxUploads)
    writer.element("IsTruncated", isTruncated)
    writer.element("EncodingType", encoding?.rawValue)
    for upload in uploads {
      writer.element("Upload") {
        $0.element("Key", encoding.applied(to: upload.key))
        $0.element("UploadId", upload.uploadID)
        upload.owner.write(to: &$0, as: "Initiator")
        upload.owner.write(to: &$0)
        $0.element("StorageClass", "STANDARD")
        $0.element("Initiated", XMLDate.format(upload.initiated))
        $0.element("ChecksumAlgorithm", upload.checksumAlgorithm?.rawValue)
      }
    }
    writer.commonPrefixes(commonPrefixes, encoding: encoding)
  }
}
