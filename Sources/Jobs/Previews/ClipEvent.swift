package import EventBus
package import Core

/// `newVideoCreated`: "render this clip of that video" (DESIGN §3, contract).
package struct ClipEvent: Sendable, Equatable {
  package static let source = "custom.gifGenerator"
  package static let detailType = "newVideoCreated"

  package var address: PreviewAddress
  package var key: String {
    get { address.key }
    set { address.key = newValue }
  }
  /// First second of the clip.
  package var start: Int
  /// Last whole second of the clip, included.
  package var end: Int
  /// Length of the video stream in seconds.
  package var length: Double
  /// Milliseconds since 1970.
  package var tsCreated: Int64
  /// The ETag the video had when it was cut into clips; absent in events written by hand: then the present one counts.
  package var etag: String?
  /// How many clips the video has; absent in events written by hand: then it follows from `length` and `SnippetSize`.
  package var clips: Int?
  /// Where the clip's header lies in the job's `ClipIndex`; absent where the clip is read with the video's own index.
  package var index: ClipIndex.Part?

  package init(
    key: String, start: Int, end: Int, length: Double, tsCreated: Int64, etag: String? = nil, clips: Int? = nil,
    index: ClipIndex.Part? = nil, place: PreviewAddress.Place? = nil
  ) {
    address = PreviewAddress(key: key, place: place)
    self.start = start
    self.end = end
    self.length = length
    self.tsCreated = tsCreated
    self.etag = etag
    self.clips = clips
    self.index = index
  }

  /// How many clips the job has.
  package func count(snippetSize: Int) -> Int {
    clips ?? ClipPlan(length: length, snippetSize: snippetSize).starts.count
  }

  package struct Invalid: ClassifiedError {
    package let message: String
    package var code: String { "InvalidEvent" }
    package var isRetryable: Bool { false }

    package init(message: String) {
      self.message = message
    }
  }

  /// Reads an EventBridge envelope, or a bare detail as a person would write it for a test.
  ///
  /// - Throws: `Invalid` naming the field, what it must be and what was found.
  package init(json: JSONValue) throws(Invalid) {
    guard let detail = (json["detail"] ?? json).objectValue else {
      throw Invalid(message: "an event must be a JSON object with a 'detail' object")
    }
    do {
      address = try PreviewAddress(detail: detail)
    } catch {
      throw Invalid(message: error.message)
    }
    start = try Self.second(detail, "start")
    end = try Self.second(detail, "end")
    guard end >= start, end - start < 3600 else {
      throw Invalid(message: "detail.end must be from start (\(start)) to start + 3599, found \(end)")
    }
    guard let length = detail["length"]?.doubleValue, length.isFinite, length > 0 else {
      throw Invalid(
        message: "detail.length must be a positive number of seconds, found \(PreviewAddress.shown(detail["length"]))")
    }
    self.length = length
    tsCreated = detail["tsCreated"]?.intValue.map(Int64.init) ?? 0
    etag = detail["etag"]?.stringValue
    clips = detail["clips"]?.intValue.flatMap { $0 > 0 ? $0 : nil }
    index = detail["index"].flatMap(ClipIndex.Part.init(json:))
  }

  private static func second(_ detail: [String: JSONValue], _ name: String) throws(Invalid) -> Int {
    guard let value = detail[name]?.intValue, (0...10_000_000).contains(value) else {
      throw Invalid(
        message: "detail.\(name) must be a whole number of seconds from 0, found \(PreviewAddress.shown(detail[name]))")
    }
    return value
  }

  package var entry: PutEventsEntry {
    var detail = address.members.merging([
      "start": .integer(Int64(start)), "end": .integer(Int64(end)), "length": .number(length),
      "tsCreated": .integer(tsCreated),
    ]) { $1 }
    if let etag { detail["etag"] = .string(etag) }
    if let clips { detail["clips"] = .integer(Int64(clips)) }
    if let index { detail["index"] = index.json }
    return PutEventsEntry(source: Self.source, detailType: Self.detailType, detail: .object(detail))
  }
}
