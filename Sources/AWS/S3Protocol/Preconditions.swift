import Encodings
package import FoundationEssentials

/// The conditional headers of a request (RFC 9110 §13), in S3's combinations.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
package struct Preconditions: Sendable, Equatable {
  /// What `If-Match` or `If-None-Match` names.
  package enum Tags: Sendable, Equatable {
    /// `*`: any object at all.
    case any
    case list([ETag])

    func contains(_ etag: ETag) -> Bool {
      switch self {
      case .any: true
      case .list(let tags): tags.contains(etag)
      }
    }
  }

  package var ifMatch: Tags?
  package var ifNoneMatch: Tags?
  /// Whole seconds.
  package var ifModifiedSince: Date?
  /// Whole seconds.
  package var ifUnmodifiedSince: Date?
  /// Of a deletion: the object's time of change, whole seconds.
  package var ifMatchLastModified: Date?
  /// Of a deletion: the object's bytes.
  package var ifMatchSize: Int64?

  package init() {}

  /// - Parameter headers: looks a header up by its lower-case name.
  package init(headers: (String) -> String?) {
    self.init(prefix: "", headers)
  }

  /// The conditions on the source of a copy, `x-amz-copy-source-if-*`.
  package init(copySourceHeaders headers: (String) -> String?) {
    self.init(prefix: "x-amz-copy-source-", headers)
  }

  private init(prefix: String, _ headers: (String) -> String?) {
    // Strong comparison (§8.8.3.2): a weak tag never matches in If-Match. In If-None-Match it does.
    ifMatch = headers("\(prefix)if-match").map { Tags($0, weakMatches: false) }
    ifNoneMatch = headers("\(prefix)if-none-match").map { Tags($0, weakMatches: true) }
    // A date that cannot be read is ignored (§13.1.3).
    ifModifiedSince = headers("\(prefix)if-modified-since").flatMap(HTTPDate.parse)
    ifUnmodifiedSince = headers("\(prefix)if-unmodified-since").flatMap(HTTPDate.parse)
  }

  /// Whether an existing object may be read, in the order of RFC 9110 §13.2.2: a tag's answer wins over a date's.
  ///
  /// - Returns: `nil` to go on, `PreconditionFailed` (412) or `NotModified` (304).
  package func evaluateRead(etag: ETag, lastModified: Date) -> S3Error? {
    if let failed = evaluateRequirements(etag: etag, lastModified: lastModified) {
      return .preconditionFailed(failed)
    }
    return evaluateFreshness(etag: etag, lastModified: lastModified) == nil ? nil : S3Error(.notModified)
  }

  /// Whether an existing object may be copied: as for reading, but every failure is `PreconditionFailed`.
  package func evaluateCopySource(etag: ETag, lastModified: Date) -> S3Error? {
    let failed =
      evaluateRequirements(etag: etag, lastModified: lastModified)
      ?? evaluateFreshness(etag: etag, lastModified: lastModified)
    return failed.map { .preconditionFailed("x-amz-copy-source-\($0)") }
  }

  /// The conditions of a deletion, which has three of its own.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
  /// - Parameter headers: looks a header up by its lower-case name.
  /// - Throws: `InvalidArgument` for a date or a size that cannot be read: ignored, it would delete what it was to protect.
  package init(deletionHeaders headers: (String) -> String?) throws(S3Error) {
    self.init(headers: headers)
    if let text = headers("x-amz-if-match-last-modified-time") {
      guard let date = HTTPDate.parse(text) ?? XMLDate.parse(text) else {
        throw Self.unreadable("x-amz-if-match-last-modified-time", text)
      }
      ifMatchLastModified = date
    }
    if let text = headers("x-amz-if-match-size") {
      guard let size = Int64(text), size >= 0 else { throw Self.unreadable("x-amz-if-match-size", text) }
      ifMatchSize = size
    }
    for name in ["if-modified-since", "if-unmodified-since"] {
      if let text = headers(name), HTTPDate.parse(text) == nil { throw Self.unreadable(name, text) }
    }
  }

  private static func unreadable(_ name: String, _ value: String) -> S3Error {
    S3Error(
      .invalidArgument, message: "The value of \(name) cannot be read: '\(value.prefix(100))'.",
      extra: ["ArgumentName": name, "ArgumentValue": value])
  }

  /// Whether there is any condition of a write or a deletion.
  package var isConditional: Bool { self != Preconditions() }

  /// The object that a write or a deletion finds.
  package struct Existing: Sendable {
    package var etag: ETag
    package var lastModified: Date
    package var size: Int64

    package init(etag: ETag, lastModified: Date, size: Int64) {
      self.etag = etag
      self.lastModified = lastModified
      self.size = size
    }
  }

  /// Whether an object may be deleted. Must be decided in the same transaction that deletes.
  ///
  /// - Parameter existing: `nil` if the object is absent.
  /// - Returns: `nil` to go on, `PreconditionFailed` (412), `NoSuchKey` (404) where a condition finds nothing, or
  ///   `NotImplemented` for conditions that make no sense here.
  package func evaluateDeletion(existing: Existing?) -> S3Error? {
    if ifNoneMatch != nil { return S3Error(.notImplemented, extra: ["Header": "If-None-Match"]) }
    if let error = evaluateTimes(existing?.lastModified) { return error }
    guard ifMatch != nil || ifMatchLastModified != nil || ifMatchSize != nil else { return nil }
    guard let existing else { return S3Error(.noSuchKey) }
    if let ifMatch, !ifMatch.contains(existing.etag) { return .preconditionFailed("If-Match") }
    if let ifMatchLastModified, existing.lastModified.wholeSeconds != ifMatchLastModified.wholeSeconds {
      return .preconditionFailed("x-amz-if-match-last-modified-time")
    }
    if let ifMatchSize, existing.size != ifMatchSize { return .preconditionFailed("x-amz-if-match-size") }
    return nil
  }

  /// The dates of RFC 9110 §13.1.4 hold for every method; those of §13.1.3 for reads only.
  private func evaluateTimes(_ lastModified: Date?) -> S3Error? {
    if ifModifiedSince != nil { return S3Error(.notImplemented, extra: ["Header": "If-Modified-Since"]) }
    if ifMatch == nil, let ifUnmodifiedSince, let lastModified, lastModified.wholeSeconds > ifUnmodifiedSince {
      return .preconditionFailed("If-Unmodified-Since")
    }
    return nil
  }

  /// Whether an object may be written: `If-None-Match: *` ("only if there is none yet"), or with tags, and
  /// `If-Match` ("only over these bytes"). Must be decided in the same transaction that writes.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  /// - Parameters:
  ///   - existing: `nil` if the object is absent.
  ///   - lastModified: of the existing object.
  /// - Returns: `nil` to go on, `PreconditionFailed` (412), `NoSuchKey` (404) where `If-Match` finds nothing, or
  ///   `NotImplemented` for both together, which S3 does not know.
  package func evaluateWrite(existing: ETag?, lastModified: Date? = nil) -> S3Error? {
    if let error = evaluateTimes(lastModified) { return error }
    switch (ifMatch, ifNoneMatch) {
    case (nil, nil): return nil
    case (nil, .some(let tags)):
      return existing.map(tags.contains) ?? false ? .preconditionFailed("If-None-Match") : nil
    case (.some(let tags), nil):
      guard let existing else { return S3Error(.noSuchKey) }
      return tags.contains(existing) ? nil : .preconditionFailed("If-Match")
    default: return S3Error(.notImplemented, extra: ["Header": "If-None-Match"])
    }
  }

  private func evaluateRequirements(etag: ETag, lastModified: Date) -> String? {
    if let ifMatch { return ifMatch.contains(etag) ? nil : "If-Match" }
    if let ifUnmodifiedSince, lastModified.wholeSeconds > ifUnmodifiedSince { return "If-Unmodified-Since" }
    return nil
  }

  private func evaluateFreshness(etag: ETag, lastModified: Date) -> String? {
    if let ifNoneMatch { return ifNoneMatch.contains(etag) ? "If-None-Match" : nil }
    if let ifModifiedSince, lastModified.wholeSeconds <= ifModifiedSince { return "If-Modified-Since" }
    return nil
  }
}

extension Preconditions.Tags {
  /// Quotes may be missing, as S3 and many clients have it.
  init(_ header: String, weakMatches: Bool) {
    var tags: [ETag] = []
    for item in header.split(separator: ",") {
      var item = item.drop { $0 == " " || $0 == "\t" }
      while item.last == " " || item.last == "\t" { item.removeLast() }
      if item == "*" {
        self = .any
        return
      }
      if item.hasPrefix("W/") {
        if !weakMatches { continue }
        item = item.dropFirst(2)
      }
      tags.append(ETag(String(item)))
    }
    self = .list(tags)
  }
}

extension S3Error {
  fileprivate static func preconditionFailed(_ condition: String) -> S3Error {
    S3Error(.preconditionFailed, extra: ["Condition": condition])
  }
}

extension Date {
  fileprivate var wholeSeconds: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }
}
