/// The region of a bucket, as `GET ?location` answers it: the root element's own text, empty for `us-east-1`.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
package struct LocationConstraint: Sendable, Equatable {
  package var region: String

  package init(region: String) {
    self.region = region
  }

  package func encode() -> [UInt8] {
    XMLWriter.document(root: "LocationConstraint") { writer in
      if region != "us-east-1" { writer.text(region) }
    }
  }

  /// - Throws: `MalformedXML` where `bytes` is not this message.
  package static func decode(_ bytes: [UInt8]) throws(S3Error) -> LocationConstraint {
    let root = try XMLNode.parse(bytes)
    guard root.name == "LocationConstraint" else {
      throw S3Error(.malformedXML, message: "The XML must be a LocationConstraint document, found \(root.name).")
    }
    return LocationConstraint(region: root.text.isEmpty ? "us-east-1" : root.text)
  }
}

/// What `CreateBucket` may be told.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
package struct CreateBucketConfiguration: XMLMessage, Equatable {
  package static var rootName: String { "CreateBucketConfiguration" }

  /// `nil` for the region of the endpoint.
  package var locationConstraint: String?

  package init(locationConstraint: String? = nil) {
    self.locationConstraint = locationConstraint
  }

  package init(_ root: XMLNode) throws(S3Error) {
    locationConstraint = root.nonEmptyText(of: "LocationConstraint")
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("LocationConstraint", locationConstraint)
  }
}
