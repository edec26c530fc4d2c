package import Checksums
package import FoundationEssentials

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
package struct ListPartsResult: XMLMessage, Equatable {
  package struct Part: Sendable, Equatable {
    package var number: Int
    package var etag: ETag
    package var size: Int64
    package var lastModified: Date
    package var checksums: ObjectChecksums

    package init(
      number: Int, etag: ETag, size: Int64, lastModified: Date, checksums: ObjectChecksums = ObjectChecksums()
    ) {
      self.number = number
      self.etag = etag
      self.size = size
      self.lastModified = lastModified
      self.checksums = checksums
    }
  }

  package static var rootName: String { "ListPartsResult" }

  package var bucket: String
  package var key: String
  package var uploadID: String
  package var owner: Owner
  package var partNumberMarker: Int
  package var nextPartNumberMarker: Int?
  package var maxParts: Int
  package var isTruncated: Bool
  package var parts: [Part]
  package var checksumAlgorithm: ChecksumAlgorithm?
  package var checksumKind: ObjectChecksums.Kind?
  package var encoding: KeyEncoding?

  package init(
    bucket: String, key: String, uploadID: String, owner: Owner, partNumberMarker: Int, nextPartNumberMarker: Int?,
    maxParts: Int, isTruncated: Bool, parts: [Part], checksumAlgorithm: ChecksumAlgorithm? = nil,
    checksumKind: ObjectChecksums.Kind? = nil, encoding: KeyEncoding? = nil
  ) {
    self.bucket = bucket
    self.key = key
    self.uploadID = uploadID
    self.owner = owner
    self.partNumberMarker = partNumberMarker
    self.nextPartNumberMarker = nextPartNumberMarker
    self.maxParts = maxParts
    self.isTruncated = isTruncated
    self.parts = parts
    self.checksumAlgorithm = checksumAlgorithm
    self.checksumKind = checksumKind
    self.encoding = encoding
  }

  package init(_ root: XMLNode) throws(S3Error) {
    let encoding = root.keyEncoding
    self.encoding = encoding
    bucket = try root.required("Bucket")
    key = try encoding.removed(from: try root.required("Key"))
    uploadID = try root.required("UploadId")
    owner = root.child("Owner").map { Owner($0) } ?? Owner(id: "", displayName: "")
    partNumberMarker = try root.number(of: "PartNumberMarker") ?? 0
    nextPartNumberMarker = try root.number(of: "NextPartNumberMarker")
    maxParts = try root.number(of: "MaxParts") ?? 1000
    isTruncated = try root.flag("IsTruncated")
    checksumAlgorithm = root.text(of: "ChecksumAlgorithm").flatMap(ChecksumAlgorithm.init)
    checksumKind = root.text(of: "ChecksumType").flatMap(ObjectChecksums.Kind.init)
    parts = try root.list("Part") { (node) throws(S3Error) in
      Part(
        number: try node.requiredNumber("PartNumber"), etag: ETag(try node.required("ETag")),
        size: try node.requiredNumber("Size"), lastModified: try node.requiredDate("LastModified"),
        checksums: ObjectChecksums(node))
    }
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("Bucket", bucket)
    writer.element("Key", encoding.applied(to: key))
    writer.element("UploadId", uploadID)
    owner.write(to: &writer, as: "Initiator")
    owner.write(to: &writer)
    writer.element("StorageClass", "STANDARD")
    writer.element("PartNumberMarker", partNumberMarker)
    if let nextPartNumberMarker { writer.element("NextPartNumberMarker", nextPartNumberMarker) }
    writer.element("MaxParts", maxParts)
    writer.element("IsTruncated", isTruncated)
    writer.element("EncodingType", encoding?.rawValue)
    writer.element("ChecksumAlgorithm", checksumAlgorithm?.rawValue)
    writer.element("ChecksumType", checksumKind?.rawValue)
    for part in parts {
      writer.element("Part") {
        $0.element("PartNumber", part.number)
        $0.element("LastModified", XMLDate.format(part.lastModified))
        $0.element("ETag", part.etag.quoted)
        $0.element("Size", part.size)
        part.checksums.write(to: &$0)
      }
    }
  }
}
