package import FoundationEssentials

/// An object in a listing.
package struct ObjectSummary: Sendable, Equatable {
  package var key: String
  package var etag: ETag
  /// In bytes.
  package var size: Int64
  package var lastModified: Date
  package var storageClass: String
  /// Only where the request asked for it.
  package var owner: Owner?

  package init(
    key: String, etag: ETag, size: Int64, lastModified: Date, storageClass: String = "STANDARD", owner: Owner? = nil
  ) {
    self.key = key
    self.etag = etag
    self.size = size
    self.lastModified = lastModified
    self.storageClass = storageClass
    self.owner = owner
  }
}

extension ObjectSummary {
  init(_ node: XMLNode, encoding: KeyEncoding?) throws(S3Error) {
    self.init(
      key: try encoding.removed(from: try node.required("Key")), etag: ETag(node.text(of: "ETag") ?? ""),
      size: try node.requiredNumber("Size"), lastModified: try node.requiredDate("LastModified"),
      storageClass: node.text(of: "StorageClass") ?? "STANDARD", owner: node.child("Owner").map { Owner($0) })
  }

  /// - Parameter element: `Contents`, or `Version`, which says of itself that it is the only one.
  func write(to writer: inout XMLWriter, encoding: KeyEncoding?, element: String = "Contents") {
    writer.element(element) {
      $0.element("Key", encoding.applied(to: key))
      if element == "Version" {
        $0.element("VersionId", "null")
        $0.element("IsLatest", true)
      }
      $0.element("LastModified", XMLDate.format(lastModified))
      $0.element("ETag", etag.quoted)
      $0.element("Size", size)
      owner?.write(to: &$0)
      $0.element("StorageClass", storageClass)
    }
  }
}

extension XMLNode {
  func commonPrefixes(encoding: KeyEncoding?) throws(S3Error) -> [String] {
    try list("CommonPrefixes") { (node) throws(S3Error) in try encoding.removed(from: try node.required("Prefix")) }
  }

  /// Lenient where decoding: what else a store may write there is not ours to refuse.
  var keyEncoding: KeyEncoding? { text(of: "EncodingType").flatMap(KeyEncoding.init(rawValue:)) }
}

extension XMLWriter {
  mutating func commonPrefixes(_ prefixes: [String], encoding: KeyEncoding?) {
    for prefix in prefixes {
      element("CommonPrefixes") { $0.element("Prefix", encoding.applied(to: prefix)) }
    }
  }
}
