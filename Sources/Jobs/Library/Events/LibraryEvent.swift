package import Core
package import EventBus

/// What the library announces, each to one function: source `zoetrope.library`.
package struct LibraryEvent: Sendable, Equatable {
  package static let source = "zoetrope.library"

  package enum Kind: String, Sendable, CaseIterable {
    /// EXIF, place, facts of the streams.
    case metadataRequested
    /// The SHA-256 of the content.
    case hashRequested
    /// Every registered variant of an image.
    case imagePrewarmRequested
    /// One derivative of an image.
    case imageTransformRequested
    /// A frame of a video.
    case posterRequested
    /// Peaks of a sound track.
    case waveformRequested
    /// An MP4 that every browser plays.
    case proxyRequested
    /// A part of a video as a file of its own.
    case momentRequested
    /// One part of a proxy or moment, and when all are there, the file made of them.
    case proxyPartRequested
    case proxyJoinRequested
    /// GIFs, stills and a storyboard.
    case previewsRequested
    /// A derivative is there, for waiting callers, rules and webhooks.
    case proxyReady
    case momentReady
    case posterReady
    case waveformReady
    /// There will be none; `error` in the detail says why.
    case proxyFailed
    case momentFailed
    case posterFailed
    case waveformFailed
  }

  package var kind: Kind
  package var file: FileIdentity
  /// Of the file's content that it is about.
  package var version: Int
  /// The original, in the library bucket.
  package var bucket: String
  package var key: String
  package var mimeType: String
  /// What else the kind needs.
  package var extra: [String: JSONValue]

  package init(_ kind: Kind, _ record: FileRecord, bucket: String, extra: [String: JSONValue] = [:]) {
    self.kind = kind
    file = record.identity
    version = record.version
    self.bucket = bucket
    key = record.objectKey ?? ""
    mimeType = record.mimeType
    self.extra = extra
  }

  /// What became of the work that another event asked for.
  ///
  /// - Parameter error: why there is no result.
  package init(_ kind: Kind, of request: LibraryEvent, error: String) {
    self = request
    self.kind = kind
    extra["error"] = .string(error)
  }

  package var entry: PutEventsEntry {
    var detail = extra
    detail["libraryId"] = .string(file.libraryID)
    detail["fileId"] = .string(file.fileID)
    detail["version"] = .integer(Int64(version))
    detail["bucket"] = .string(bucket)
    detail["key"] = .string(key)
    detail["mimeType"] = .string(mimeType)
    return PutEventsEntry(source: Self.source, detailType: kind.rawValue, detail: .object(detail))
  }

  /// The event does not say what it is about.
  package struct Invalid: ClassifiedError {
    package let message: String
    package var code: String { "InvalidEvent" }
    package var isRetryable: Bool { false }

    package init(message: String) { self.message = message }
  }

  /// Reads an event of the bus.
  ///
  /// - Throws: `Invalid`.
  package init(json: JSONValue) throws(Invalid) {
    guard let detail = json["detail"], let kind = json["detail-type"]?.stringValue.flatMap(Kind.init),
      let library = detail["libraryId"]?.stringValue.flatMap({ FileIdentity.identifier($0) }),
      let id = detail["fileId"]?.stringValue.flatMap({ FileIdentity.identifier($0) }),
      let version = detail["version"]?.intValue
    else {
      throw Invalid(message: "expected an event of zoetrope.library with libraryId, fileId and version in its detail")
    }
    self.kind = kind
    file = FileIdentity(libraryID: library, fileID: id)
    self.version = version
    bucket = detail["bucket"]?.stringValue ?? ""
    key = detail["key"]?.stringValue ?? ""
    mimeType = detail["mimeType"]?.stringValue ?? ""
    extra = detail.objectValue ?? [:]
  }
}
