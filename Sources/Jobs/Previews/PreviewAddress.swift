package import Core

/// Which video an event is about, and where its previews go.
///
/// Events without a member `output` are about the source bucket of the settings, and outputs follow from the key. An event
/// with `output` names its buckets itself, so that a service may have previews made of videos of its own.
package struct PreviewAddress: Sendable, Equatable {
  package var key: String
  /// `nil` for the places that the settings name.
  package var place: Place?

  /// A source bucket and a prefix that is this version's alone.
  package struct Place: Sendable, Equatable, Codable {
    /// Where the video is.
    package var source: String
    /// Where previews are written.
    package var bucket: String
    /// Ends in `/`; everything below it belongs to one version of one video.
    package var prefix: String

    package init(source: String, bucket: String, prefix: String) {
      self.source = source
      self.bucket = bucket
      self.prefix = prefix
    }
  }

  package struct Invalid: ClassifiedError {
    package let message: String
    package var code: String { "InvalidEvent" }
    package var isRetryable: Bool { false }
  }

  package init(key: String, place: Place? = nil) {
    self.key = key
    self.place = place
  }

  /// Reads `key` and, if there is an `output`, `bucket` and `output: {"bucket", "prefix"}` of an event's detail.
  ///
  /// - Throws: `Invalid` naming the field and what it must be.
  package init(detail: [String: JSONValue]) throws(Invalid) {
    guard let key = (detail["key"] ?? detail["Key"])?.stringValue, !key.isEmpty else {
      throw Invalid(message: "detail.key must be the key of a source object, found \(Self.shown(detail["key"]))")
    }
    self.key = key
    guard let output = detail["output"] else { return }
    guard let source = detail["bucket"]?.stringValue, !source.isEmpty, let bucket = output["bucket"]?.stringValue,
      !bucket.isEmpty, let prefix = output["prefix"]?.stringValue, prefix.count > 1, prefix.hasSuffix("/"),
      !prefix.hasPrefix("/"), bucket != source
    else {
      throw Invalid(
        message: "detail.output must name another bucket than detail.bucket and a prefix that ends in '/'")
    }
    place = Place(source: source, bucket: bucket, prefix: prefix)
  }

  /// A value as it is quoted in messages.
  static func shown(_ value: JSONValue?) -> String {
    guard let value, let bytes = try? JSON.encode(value) else { return "nothing" }
    return String(decoding: bytes.prefix(100), as: UTF8.self)
  }

  /// What an event's detail says of it.
  package var members: [String: JSONValue] {
    var members: [String: JSONValue] = ["key": .string(key)]
    if let place {
      members["bucket"] = .string(place.source)
      members["output"] = .object(["bucket": .string(place.bucket), "prefix": .string(place.prefix)])
    }
    return members
  }
}
