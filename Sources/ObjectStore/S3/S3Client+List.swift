import HTTPTransport
import Core
import S3Protocol

extension S3Client {
  package func list(
    bucket: String, prefix: String, startAfter: String?, delimiter: String?, limit: Int
  ) async throws -> ListPage {
    let limit = min(max(limit, 1), ListingQuery.maximumKeys)
    // Behind a common prefix S3 goes on with the next key of the same group, and sums it up again.
    let repeated = delimiter.flatMap { delimiter in startAfter.flatMap { $0.hasSuffix(delimiter) ? $0 : nil } }
    let asked = repeated == nil ? limit : min(limit + 1, ListingQuery.maximumKeys)

    let place = configuration.keyPrefix
    var operation = S3Operation("GET", bucket: bucket)
    // Not every character of a key can stand in XML.
    operation.query = [
      ("encoding-type", "url"), ("list-type", "2"), ("max-keys", "\(asked)"),
      ("prefix", place.stored(prefix, in: bucket)),
    ]
    if let delimiter { operation.query.append(("delimiter", delimiter)) }
    if let startAfter { operation.query.append(("start-after", place.stored(startAfter, in: bucket))) }

    return try await configuration.retry.run { [operation] _ in
      let response = try await attempt(operation)
      return try await ObjectStoreError.mapping(subject: operation.subject) {
        var result = try ListObjectsV2Result.decode(response.body)
        if place?.bucket == bucket { result.remove(place, in: bucket) }
        return try ListPage(result, without: repeated, subject: operation.subject)
      }
    }
  }
}

extension ListObjectsV2Result {
  /// Gives the keys as callers know them.
  fileprivate mutating func remove(_ place: KeyPrefix?, in bucket: String) {
    for index in contents.indices { contents[index].key = place.known(contents[index].key, in: bucket) }
    commonPrefixes = commonPrefixes.map { place.known($0, in: bucket) }
  }
}

extension ListPage {
  /// - Parameter repeated: a common prefix that belongs to the page before.
  fileprivate init(_ result: ListObjectsV2Result, without repeated: String?, subject: String) throws {
    self.init(
      objects: result.contents,
      commonPrefixes: result.commonPrefixes.filter { prefix in
        repeated.map { !ObjectKey.same($0, prefix) } ?? true
      })
    guard result.isTruncated else { return }
    let last = [objects.last?.key, commonPrefixes.last].compactMap { $0 }.max(by: ObjectKey.precedes)
    // Otherwise the next page would be this one again, without end.
    guard let last else {
      throw ObjectStoreError.invalidResponse("an empty page that is not the last", subject: subject)
    }
    next = last
  }
}
