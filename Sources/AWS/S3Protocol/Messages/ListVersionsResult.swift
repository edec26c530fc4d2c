/// The versions of a bucket's objects. Of a bucket without versions each object is its own latest one, `null`.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
package struct ListVersionsResult: XMLMessage, Equatable {
  package static var rootName: String { "ListVersionsResult" }

  package var name: String
  package var prefix: String
  package var keyMarker: String
  package var nextKeyMarker: String?
  package var delimiter: String?
  package var maxKeys: Int
  package var isTruncated: Bool
  package var versions: [ObjectSummary]
  package var commonPrefixes: [String]
  package var encoding: KeyEncoding?

  package init(
    name: String, prefix: String, keyMarker: String, nextKeyMarker: String?, delimiter: String?, maxKeys: Int,
    isTruncated: Bool, versions: [ObjectSummary], commonPrefixes: [String], encoding: KeyEncoding?
  ) {
    self.name = name
    self.prefix = prefix
    self.keyMarker = keyMarker
    self.nextKeyMarker = nextKeyMarker
    self.delimiter = delimiter
    self.maxKeys = maxKeys
    self.isTruncated = isTruncated
    self.versions = versions
    self.commonPrefixes = commonPrefixes
    self.encoding = encoding
  }

  package init(_ root: XMLNode) throws(S3Error) {
    let encoding = root.keyEncoding
    self.init(
      name: try root.required("Name"), prefix: try encoding.removed(from: root.text(of: "Prefix") ?? ""),
      keyMarker: try encoding.removed(from: root.text(of: "KeyMarker") ?? ""),
      nextKeyMarker: try encoding.removed(from: root.nonEmptyText(of: "NextKeyMarker")),
      delimiter: try encoding.removed(from: root.nonEmptyText(of: "Delimiter")),
      maxKeys: try root.requiredNumber("MaxKeys"),
      isTruncated: try root.flag("IsTruncated"),
      versions: try root.list("Version") { (node) throws(S3Error) in try ObjectSummary(node, encoding: encoding) },
      commonPrefixes: try root.commonPrefixes(encoding: encoding), encoding: encoding)
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("Name", name)
    writer.element("Prefix", encoding.applied(to: prefix))
    writer.element("KeyMarker", encoding.applied(to: keyMarker))
    writer.element("VersionIdMarker", "")
    if let nextKeyMarker {
      writer.element("NextKeyMarker", encoding.applied(to: nextKeyMarker))
      writer.element("NextVersionIdMarker", "null")
    }
    writer.element("MaxKeys", maxKeys)
    writer.element("Delimiter", delimiter.map(encoding.applied))
    writer.element("EncodingType", encoding?.rawValue)
    writer.element("IsTruncated", isTruncated)
    for version in versions { version.write(to: &writer, encoding: encoding, element: "Version") }
    writer.commonPrefixes(commonPrefixes, encoding: encoding)
  }
}
