/// A request or response body of S3 in XML.
package protocol XMLMessage: Sendable {
  static var rootName: String { get }

  /// - Throws: `MalformedXML` where something required is missing or of the wrong form. Unknown elements are ignored.
  init(_ root: XMLNode) throws(S3Error)

  func write(to writer: inout XMLWriter)
}

extension XMLMessage {
  package func encode() -> [UInt8] {
    XMLWriter.document(root: Self.rootName) { write(to: &$0) }
  }

  /// - Throws: `MalformedXML` where `bytes` is not this message; the error itself where `bytes` is an error document,
  ///   as S3 may send one with status 200.
  package static func decode(_ bytes: [UInt8], limit: XMLLimits = XMLLimits()) throws(S3Error) -> Self {
    let root = try XMLNode.parse(bytes, limit: limit)
    if root.name == "Error" { throw S3Error(embedded: root) }
    guard root.name == rootName else {
      throw S3Error(.malformedXML, message: "The XML must be a \(rootName) document, found \(root.name).")
    }
    return try Self(root)
  }
}
