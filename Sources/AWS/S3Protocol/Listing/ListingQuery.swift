/// What a listing asks for, the same for both versions of the request.
package struct ListingQuery: Sendable, Equatable {
  /// As many keys as S3 answers at once.
  package static let maximumKeys = 1000

  /// Only keys that begin with this.
  package var prefix: String
  /// Keys that have it after the prefix are grouped up to there; `nil` for no grouping.
  package var delimiter: String?
  /// Only keys and common prefixes after this one (`marker`, `start-after`, or what a continuation token holds).
  package var after: String?
  /// Keys and common prefixes together, 0 … 1000.
  package var maxKeys: Int

  /// - Parameters:
  ///   - delimiter: an empty one is none.
  ///   - after: an empty one is none.
  ///   - maxKeys: held within 0 … 1000.
  package init(
    prefix: String = "", delimiter: String? = nil, after: String? = nil, maxKeys: Int = ListingQuery.maximumKeys
  ) {
    self.prefix = prefix
    self.delimiter = delimiter.flatMap { $0.isEmpty ? nil : $0 }
    self.after = after.flatMap { $0.isEmpty ? nil : $0 }
    self.maxKeys = min(max(maxKeys, 0), Self.maximumKeys)
  }

  /// Reads a `max-keys` parameter (also `max-uploads`, `max-parts`), 1000 by default.
  ///
  /// - Throws: `InvalidArgument` where it is not a whole number from 0.
  package static func limit(parameter: String?, name: String = "max-keys") throws(S3Error) -> Int {
    guard let parameter, !parameter.isEmpty else { return maximumKeys }
    guard let limit = Int32(parameter), limit >= 0 else {
      throw S3Error(
        .invalidArgument, message: "Provided \(name) not an integer or within integer range",
        extra: ["ArgumentName": name, "ArgumentValue": parameter])
    }
    return min(Int(limit), maximumKeys)
  }
}
