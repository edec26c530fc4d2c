import Encodings
package import FoundationEssentials

/// The request that deletes several objects.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
package struct DeleteRequest: XMLMessage, Equatable {
  package struct Object: Sendable, Equatable {
    package var key: String
    package var versionID: String?
    /// Delete only these bytes.
    package var etag: ETag?
    /// Delete only what was changed then, in whole seconds.
    package var lastModified: Date?
    /// Delete only so many bytes.
    package var size: Int64?

    package var conditions: Preconditions {
      var conditions = Preconditions()
      conditions.ifMatch = etag.map { $0.value == "*" ? .any : .list([$0]) }
      conditions.ifMatchLastModified = lastModified
      conditions.ifMatchSize = size
      return conditions
    }

    package init(
      key: String, versionID: String? = nil, etag: ETag? = nil, lastModified: Date? = nil, size: Int64? = nil
    ) {
      self.lastModified = lastModified
      self.size = size
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
        etag: node.nonEmptyText(of: "ETag").map { ETag($0) }, lastModified: try node.httpDate(of: "LastModifiedTime"),
        size: try node.number(of: "Size"))
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
        $0.element("LastModifiedTime", object.lastModified.map(HTTPDate.format))
        if let size = object.size { $0.element("Size", size) }
      }
    }
    if quiet { writer.element("Quiet", true) }
  }
}
