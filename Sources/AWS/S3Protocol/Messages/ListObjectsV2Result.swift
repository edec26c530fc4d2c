/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
package struct ListObjectsV2Result: XMLMessage, Equatable {
  package static var rootName: String { "ListBucketResult" }

  package var name: String
  package var prefix: String
  package var startAfter: String?
  package var continuationToken: String?
  package var nextContinuationToken: String?
  package var delimiter: String?
  package var maxKeys: Int
  package var isTruncated: Bool
  package var contents: [ObjectSummary]
  package var commonPrefixes: [String]
  /// Keys and prefixes above are never encoded; this says how they are written.
  package var encoding: KeyEncoding?

  /// Objects and common prefixes together.
  package var keyCount: Int { contents.count + commonPrefixes.count }

  package init(
    name: String, prefix: String, startAfter: String?, continuationToken: String?, nextContinuationToken: String?,
    delimiter: String?, maxKeys: Int, isTruncated: Bool, contents: [ObjectSummary], commonPrefixes: [String],
    encoding: KeyEncoding? = nil
  ) {
    self.name = name
    self.prefix = prefix
    self.startAfter = startAfter
    self.continuationToken = continuationToken
    self.nextContinuationToken = nextContinuationToken
    self.delimiter = delimiter
    self.maxKeys = maxKeys
    self.isTruncated = isTruncated
    self.contents = contents
    self.commonPrefixes = commonPrefixes
    self.encoding = encoding
  }

  package init(_ root: XMLNode) throws(S3Error) {
    let encoding = root.keyEncoding
    self.encoding = encoding
    name = try root.required("Name")
    prefix = try encoding.removed(from: root.text(of: "Prefix") ?? "")
    startAfter = try encoding.removed(from: root.nonEmptyText(of: "StartAfter"))
    continuationToken = root.nonEmptyText(of: "ContinuationToken")
    nextContinuationToken = root.nonEmptyText(of: "NextContinuationToken")
    delimiter = try encoding.removed(from: root.nonEmptyText(of: "Delimiter"))
    maxKeys = try root.number(of: "MaxKeys") ?? 1000
    isTruncated = try root.flag("IsTruncated")
    contents = try root.list("Contents") { (node) throws(S3Error) in try ObjectSummary(node, encoding: encoding) }
    commonPrefixes = try root.commonPrefixes(encoding: encoding)
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("Name", name)
    writer.element("Prefix", encoding.applied(to: prefix))
    writer.element("StartAfter", startAfter.map(encoding.applied))
    writer.element("ContinuationToken", continuationToken)
    writer.element("NextContinuationToken", nextContinuationToken)
    writer.element("KeyCount", keyCount)
    writer.element("MaxKeys", maxKeys)
    writer.element("Delimiter", delimiter.map(encoding.applied))
    writer.element("IsTruncated", isTruncated)
    writer.element("EncodingType", encoding?.rawValue)
    for object in contents { object.write(to: &writer, encoding: encoding) }
    writer.commonPrefixes(commonPrefixes, encoding: encoding)
  }
}
