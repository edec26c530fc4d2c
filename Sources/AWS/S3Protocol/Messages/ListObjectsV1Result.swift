/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
package struct ListObjectsV1Result: XMLMessage, Equatable {
  package static var rootName: String { "ListBucketResult" }

  package var name: String
  package var prefix: String
  package var marker: String
  /// S3 answers it only with a delimiter; without one the last key takes its place.
  package var nextMarker: String?
  package var delimiter: String?
  package var maxKeys: Int
  package var isTruncated: Bool
  package var contents: [ObjectSummary]
  package var commonPrefixes: [String]
  /// Keys and prefixes above are never encoded; this says how they are written.
  package var encoding: KeyEncoding?

  package init(
    name: String, prefix: String, marker: String, nextMarker: String?, delimiter: String?, maxKeys: Int,
    isTruncated: Bool, contents: [ObjectSummary], commonPrefixes: [String], encoding: KeyEncoding? = nil
  ) {
    self.name = name
    self.prefix = prefix
    self.marker = marker
    self.nextMarker = nextMarker
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
    marker = try encoding.removed(from: root.text(of: "Marker") ?? "")
    nextMarker = try encoding.removed(from: root.nonEmptyText(of: "NextMarker"))
    delimiter = try encoding.removed(from: root.nonEmptyText(of: "Delimiter"))
    maxKeys = try root.number(of: "MaxKeys") ?? 1000
    isTruncated = try root.flag("IsTruncated")
    contents = try root.list("Contents") { (node) throws(S3Error) in try ObjectSummary(node, encoding: encoding) }
    commonPrefixes = try root.commonPrefixes(encoding: encoding)
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("Name", name)
    writer.element("Prefix", encoding.applied(to: prefix))
    writer.element("Marker", encoding.applied(to: marker))
    writer.element("NextMarker", nextMarker.map(encoding.applied))
    writer.element("MaxKeys", maxKeys)
    writer.element("Delimiter", delimiter.map(encoding.applied))
    writer.element("IsTruncated", isTruncated)
    writer.element("EncodingType", encoding?.rawValue)
    for object in contents { object.write(to: &writer, encoding: encoding) }
    writer.commonPrefixes(commonPrefixes, encoding: encoding)
  }
}
