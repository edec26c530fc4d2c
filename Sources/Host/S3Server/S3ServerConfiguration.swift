/// How the S3 server behaves; what it serves is the backend's.
package struct S3ServerConfiguration: Sendable {
  /// Hosts whose subdomains are buckets: with `localhost`, `videos.localhost:4566` is the bucket `videos`.
  package var baseDomains: [String]
  /// What `GetBucketLocation` answers. Requests may be signed for any region.
  package var region: String
  /// Longest object in one `PUT`, and longest part, in bytes. S3's own limit is the default: 5 GiB.
  package var maximumUploadSize: Int64
  /// Longest XML document in a request, in bytes. Default 2 MiB: 10,000 parts, 1,000 keys of 1,024 bytes.
  package var maximumDocumentSize: Int
  /// Shortest part but the last, in bytes. S3's own limit is the default: 5 MiB.
  package var minimumPartSize: Int64
  /// The account that owns everything.
  package var ownerID: String
  /// Buckets whose objects may be read without a signature.
  package var publicReads: [PublicRead] = []

  /// A bucket that pages of other sites may read: GET and HEAD of single objects, no lists.
  package struct PublicRead: Sendable, Equatable {
    package var bucket: String
    /// `https://www.example.com`, or `*` for every site.
    package var origin: String

    package init(bucket: String, origin: String = "*") {
      self.bucket = bucket
      self.origin = origin
    }
  }

  package init(
    baseDomains: [String] = ["localhost", "s3.localhost", "s3.amazonaws.com"], region: String = "us-east-1",
    maximumUploadSize: Int64 = 5 << 30, maximumDocumentSize: Int = 2 << 20, minimumPartSize: Int64 = 5 << 20,
    ownerID: String = "000000000000"
  ) {
    self.baseDomains = baseDomains.map { $0.lowercased() }
    self.region = region
    self.maximumUploadSize = maximumUploadSize
    self.maximumDocumentSize = maximumDocumentSize
    self.minimumPartSize = minimumPartSize
    self.ownerID = ownerID
  }
}
