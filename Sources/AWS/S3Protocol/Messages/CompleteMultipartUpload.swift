/// The request that makes an object of its parts.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
package struct CompleteMultipartUpload: XMLMessage, Equatable {
  package struct Part: Sendable, Equatable {
    /// 1 … 10,000
    package var number: Int
    package var etag: ETag
    package var checksums: ObjectChecksums

    package init(number: Int, etag: ETag, checksums: ObjectChecksums = ObjectChecksums()) {
      self.number = number
      self.etag = etag
      self.checksums = checksums
    }
  }

  package static var rootName: String { "CompleteMultipartUpload" }

  package var parts: [Part]

  package init(parts: [Part]) {
    self.parts = parts
  }

  package init(_ root: XMLNode) throws(S3Error) {
    parts = try root.list("Part") { (node) throws(S3Error) in
      Part(
        number: try node.requiredNumber("PartNumber"), etag: ETag(try node.required("ETag")),
        checksums: ObjectChecksums(node))
    }
  }

  package func write(to writer: inout XMLWriter) {
    for part in parts {
      writer.element("Part") {
        $0.element("PartNumber", part.number)
        $0.element("ETag", part.etag.quoted)
        part.checksums.write(to: &$0)
      }
    }
  }

  /// - Throws: `MalformedXML` for no parts or too many, `InvalidArgument` for a number out of range, `InvalidPartOrder`
  ///   where the numbers do not ascend.
  package func validate() throws(S3Error) {
    guard !parts.isEmpty, parts.count <= Multipart.maximumParts else {
      throw S3Error(.malformedXML, message: "There must be 1 to \(Multipart.maximumParts) parts, found \(parts.count).")
    }
    for part in parts { try Multipart.validate(partNumber: part.number) }
    for (part, next) in zip(parts, parts.dropFirst()) where part.number >= next.number {
      throw S3Error(.invalidPartOrder)
    }
  }
}

/// The limits of uploads in parts.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
package enum Multipart {
  package static let maximumParts = 10_000
  /// Bytes of every part but the last: 5 MiB.
  package static let minimumPartSize: Int64 = 5 << 20
  /// Bytes of any part, and of an object put in one piece: 5 GiB.
  package static let maximumPartSize: Int64 = 5 << 30
  /// Bytes of a whole object: 5 TiB.
  package static let maximumObjectSize: Int64 = 5 << 40

  /// - Throws: `InvalidArgument` where `partNumber` is not 1 … 10,000.
  package static func validate(partNumber: Int) throws(S3Error) {
    guard (1...maximumParts).contains(partNumber) else {
      throw S3Error(
        .invalidArgument, message: "Part number must be an integer between 1 and \(maximumParts), inclusive",
        extra: ["ArgumentName": "partNumber", "ArgumentValue": "\(partNumber)"])
    }
  }
}
