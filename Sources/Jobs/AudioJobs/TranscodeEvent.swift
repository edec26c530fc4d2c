package import Core
package import EventBus

/// What the jobs of the transcoder announce, each to one invocation.
package struct TranscodeEvent: Sendable, Equatable {
  package static let source = "zoetrope.transcoding"

  package enum Kind: String, Sendable, CaseIterable {
    /// The job has its source; it is planned, and what is short is transcoded at once.
    case transcodeRequested
    /// One part of a long file.
    case transcodePartRequested
    /// All parts are there.
    case transcodeJoinRequested
  }

  package var kind: Kind
  package var job: TranscodeJob
  /// Of `transcodePartRequested`: the part's number; `nil` for the whole file.
  package var part: Int?

  package init(_ kind: Kind, _ job: TranscodeJob, part: Int? = nil) {
    self.kind = kind
    self.job = job
    self.part = part
  }

  package var entry: PutEventsEntry {
    var detail: [String: JSONValue] = ["job": .string(job.id)]
    if let part { detail["part"] = .integer(Int64(part)) }
    return PutEventsEntry(source: Self.source, detailType: kind.rawValue, detail: .object(detail))
  }

  /// The event does not say what it is about.
  package struct Invalid: ClassifiedError {
    package var code: String { "InvalidEvent" }
    package var message: String { "expected an event of \(TranscodeEvent.source) with the job in its detail" }
    package var isRetryable: Bool { false }
  }

  /// Reads an event of the bus.
  ///
  /// - Throws: `Invalid`.
  package init(json: JSONValue) throws(Invalid) {
    guard json["source"]?.stringValue == Self.source, let detail = json["detail"],
      let kind = json["detail-type"]?.stringValue.flatMap(Kind.init),
      let job = detail["job"]?.stringValue.flatMap({ TranscodeJob(id: $0) })
    else { throw Invalid() }
    self.init(kind, job, part: detail["part"]?.intValue.map { Int($0) })
  }
}
