/// The tags of an object or bucket.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
package struct Tagging: XMLMessage, Equatable {
  package struct Tag: Sendable, Equatable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  package static var rootName: String { "Tagging" }

  package var tags: [Tag]

  package init(tags: [Tag]) {
    self.tags = tags
  }

  package init(_ root: XMLNode) throws(S3Error) {
    guard let set = root.child("TagSet") else {
      throw S3Error(.malformedXML, message: "Tagging must have a TagSet element.")
    }
    tags = try set.list("Tag") { (node) throws(S3Error) in
      Tag(key: try node.required("Key"), value: try node.required("Value"))
    }
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("TagSet") { writer in
      for tag in tags {
        writer.element("Tag") {
          $0.element("Key", tag.key)
          $0.element("Value", tag.value)
        }
      }
    }
  }

  /// - Parameter maximumCount: 10 for an object, 50 for a bucket.
  /// - Throws: `InvalidTag` if there are too many, one is too long (key 1 … 128 characters, value up to 256), or
  ///   two have the same key.
  package func validate(maximumCount: Int = 10) throws(S3Error) {
    guard tags.count <= maximumCount else {
      throw S3Error(.invalidTag, message: "There must be at most \(maximumCount) tags, found \(tags.count).")
    }
    for tag in tags {
      guard (1...128).contains(tag.key.unicodeScalars.count) else {
        throw S3Error(.invalidTag, message: "A tag's key must have 1 to 128 characters.")
      }
      guard tag.value.unicodeScalars.count <= 256 else {
        throw S3Error(.invalidTag, message: "The value of tag '\(tag.key)' must have at most 256 characters.")
      }
    }
    guard Set(tags.map(\.key)).count == tags.count else {
      throw S3Error(.invalidTag, message: "Cannot provide multiple Tags with the same key")
    }
  }
}
