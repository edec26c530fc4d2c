/// The request that deletes several objects.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
package struct DeleteRequest: XMLMessage, Equatable {
  package struct Object: Sendable, Equatable {
    package var key: String
    package var versionID: String?
    /// Delete only these bytes.
    package var etag: ETag?

    package init(key: String, versionID: String? = nil, etag: ETag? = nil) {
      self.key = key
      self.versionID = versionID
      self.etag = etag
    }
  }

  package static var rootName: String { "Delete" }

  /// How many objects one request may name.
  package static let maximumObjects = 1000

  package var objects: [Object]
  /// Answer only what failed.
  package var quiet: Bool

  package init(objects: [Object], quiet: Bool = false) {
    self.objects = objects
    self.quiet = quiet
  }

  package init(_ root: XMLNode) throws(S3Error) {
    objects = try root.list("Object") { (node) throws(S3Error) in
      Object(
        key: try node.required("Key"), versionID: node.nonEmptyText(of: "VersionId"),
        etag: node.nonEmptyText(of: "ETag").map { ETag($0) })
    }
    quiet = try root.flag("Quiet")
    guard (1...Self.maximumObjects).contains(objects.count) else {
      throw S3Error(
        .malformedXML, message: "There must be 1 to \(Self.maximumObjects) objects to delete, found \(objects.count).")
    }
  }

  package func write(to writer: inout XMLWriter) {
    for object in objects {
      writer.element("Object") {
        $0.element("Key", object.key)
        $0.element("VersionId", object.versionID)
        $0.element("ETag", object.etag?.quoted)
      }
    }
    if quiet { writer.element("Quiet", true) }
  }
}
