import S3Storage
import HummingbirdCore
import S3Protocol

extension S3Responder {
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
  func listObjectsV1(_ bucket: String, _ call: S3Call) async throws -> Response {
    let query = call.query
    let encoding = try KeyEncoding(parameter: query["encoding-type"])
    let marker = query["marker"] ?? ""
    let listing = ListingQuery(
      prefix: query["prefix"] ?? "", delimiter: query["delimiter"], after: marker,
      maxKeys: try ListingQuery.limit(parameter: query["max-keys"]))
    let page = try await backend.list(listing, in: bucket)
    let result = ListObjectsV1Result(
      name: bucket, prefix: listing.prefix, marker: marker,
      nextMarker: listing.delimiter != nil && page.isTruncated ? page.last : nil, delimiter: listing.delimiter,
      maxKeys: listing.maxKeys, isTruncated: page.isTruncated, contents: owned(page.items),
      commonPrefixes: page.commonPrefixes, encoding: encoding)
    return .xml(result.encode())
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
  func listObjectsV2(_ bucket: String, _ call: S3Call) async throws -> Response {
    let query = call.query
    let encoding = try KeyEncoding(parameter: query["encoding-type"])
    let token = query["continuation-token"]
    let startAfter = query["start-after"].flatMap { $0.isEmpty ? nil : $0 }
    let listing = ListingQuery(
      prefix: query["prefix"] ?? "", delimiter: query["delimiter"],
      after: try Self.position(token) ?? startAfter,
      maxKeys: try ListingQuery.limit(parameter: query["max-keys"]))
    let page = try await backend.list(listing, in: bucket)
    let result = ListObjectsV2Result(
      name: bucket, prefix: listing.prefix, startAfter: startAfter, continuationToken: token,
      nextContinuationToken: page.isTruncated ? page.last.map(ContinuationToken.encode(last:)) : nil,
      delimiter: listing.delimiter, maxKeys: listing.maxKeys, isTruncated: page.isTruncated,
      contents: query["fetch-owner"] == "true" ? owned(page.items) : page.items, commonPrefixes: page.commonPrefixes,
      encoding: encoding)
    return .xml(result.encode())
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
  func listObjectVersions(_ bucket: String, _ call: S3Call) async throws -> Response {
    let query = call.query
    let marker = query["key-marker"] ?? ""
    if marker.isEmpty, let version = query["version-id-marker"], !version.isEmpty {
      throw S3Error(
        .invalidArgument, message: "A version-id marker cannot be specified without a key marker.",
        extra: ["ArgumentName": "version-id-marker", "ArgumentValue": version])
    }
    let listing = ListingQuery(
      prefix: query["prefix"] ?? "", delimiter: query["delimiter"], after: marker,
      maxKeys: try ListingQuery.limit(parameter: query["max-keys"]))
    let page = try await backend.list(listing, in: bucket)
    return .xml(
      ListVersionsResult(
        name: bucket, prefix: listing.prefix, keyMarker: marker, nextKeyMarker: page.isTruncated ? page.last : nil,
        delimiter: listing.delimiter, maxKeys: listing.maxKeys, isTruncated: page.isTruncated,
        versions: owned(page.items), commonPrefixes: page.commonPrefixes,
        encoding: try KeyEncoding(parameter: query["encoding-type"])
      ).encode())
  }

  /// An empty token, which is answered as it came, stands for the beginning.
  private static func position(_ token: String?) throws(S3Error) -> String? {
    guard let token, !token.isEmpty else { return nil }
    return try ContinuationToken.decode(token)
  }

  private func owned(_ objects: [ObjectSummary]) -> [ObjectSummary] {
    objects.map { object in
      var object = object
      object.owner = owner
      return object
    }
  }
}
