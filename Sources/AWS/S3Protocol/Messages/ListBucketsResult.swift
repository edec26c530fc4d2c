package import FoundationEssentials

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
package struct ListBucketsResult: XMLMessage, Equatable {
  package struct Bucket: Sendable, Equatable {
    package var name: String
    package var creationDate: Date
    /// Only where the request asked for parts of the list.
    package var region: String?

    package init(name: String, creationDate: Date, region: String? = nil) {
      self.name = name
      self.region = region
      self.creationDate = creationDate
    }
  }

  package static var rootName: String { "ListAllMyBucketsResult" }

  package var owner: Owner
  package var buckets: [Bucket]
  package var prefix: String?
  package var continuationToken: String?

  package init(owner: Owner, buckets: [Bucket], prefix: String? = nil, continuationToken: String? = nil) {
    self.owner = owner
    self.buckets = buckets
    self.prefix = prefix
    self.continuationToken = continuationToken
  }

  package init(_ root: XMLNode) throws(S3Error) {
    owner = root.child("Owner").map { Owner($0) } ?? Owner(id: "", displayName: "")
    prefix = root.text(of: "Prefix")
    continuationToken = root.text(of: "ContinuationToken")
    buckets = try (root.child("Buckets") ?? root).list("Bucket") { (node) throws(S3Error) in
      Bucket(
        name: try node.required("Name"), creationDate: try node.requiredDate("CreationDate"),
        region: node.text(of: "BucketRegion"))
    }
  }

  package func write(to writer: inout XMLWriter) {
    owner.write(to: &writer)
    writer.element("Buckets") { writer in
      for bucket in buckets {
        writer.element("Bucket") {
          $0.element("Name", bucket.name)
          $0.element("CreationDate", XMLDate.format(bucket.creationDate))
          $0.element("BucketRegion", bucket.region)
        }
      }
    }
    writer.element("Prefix", prefix)
    writer.element("ContinuationToken", continuationToken)
  }
}
