import Core

/// What a job's document and the records of its parts come to: pure.
///
/// The document is a JSON object with `status` and `parts`, the number of its parts. Each record has `done` and `total`, in
/// one unit for all records of a job (seconds, frames, bytes), and may have `isComplete` and `startedAt` (ms since 1970).
package struct JobProgress: Sendable {
  private struct Document: Decodable {
    var status: String?
    var parts: Int?
  }

  private struct Record: Decodable {
    var done: Double?
    var total: Double?
    var isComplete: Bool?
    var startedAt: Double?
  }

  package enum Phase: Equatable, Sendable {
    case underWay
    case done
    case failed
  }

  package private(set) var status = "queued"
  private var parts = 0
  private var records: [String: (etag: String, part: ProgressEstimate.Part)] = [:]

  /// Members that hold the states of a document that has several. Such a document counts as under way while its `version` is
  /// 0: there is no content yet that could be worked on.
  private let states: [String]
  private var document: [String: JSONValue] = [:]

  package init(states: [String] = []) { self.states = states }

  package var phase: Phase {
    switch status {
    case "ready", "complete", "not_needed": .done
    case "failed", "cancelled": .failed
    default: .underWay
    }
  }

  package mutating func setDocument(_ bytes: some Sequence<UInt8>) {
    guard states.isEmpty else { return setStates(Array(bytes)) }
    guard let document = try? JSON.decode(Document.self, from: Array(bytes)) else { return }
    status = document.status ?? status
    parts = document.parts ?? 0
  }

  private mutating func setStates(_ bytes: [UInt8]) {
    guard let found = try? JSON.decode(JSONValue.self, from: bytes).objectValue else { return }
    document = found
    parts = found["parts"]?.intValue ?? 0
    let values = states.compactMap { found[$0]?.stringValue }
    if found["version"]?.intValue == 0 || values.contains(where: { $0 == "queued" || $0 == "processing" }) {
      status = "processing"
    } else {
      status = values.contains("failed") ? "failed" : "ready"
    }
  }

  /// Whether a record need not be read again.
  package func isKnown(_ key: String, _ etag: String) -> Bool { records[key]?.etag == etag }

  package mutating func setRecord(_ key: String, _ etag: String, _ bytes: some Sequence<UInt8>) {
    let record = try? JSON.decode(Record.self, from: Array(bytes))
    records[key] = (
      etag,
      ProgressEstimate.Part(
        done: record?.done ?? 0, total: record?.total ?? 0, isComplete: record?.isComplete ?? false,
        startedAt: record?.startedAt)
    )
  }

  /// 0 … 99 while it is under way, and whole seconds that are left if there is something to judge by. Parts that have not
  /// begun count as average ones.
  ///
  /// - Parameter now: ms since 1970.
  package func report(now: Double) -> (percent: Int, secondsLeft: Int?) {
    let estimate = ProgressEstimate(records.values.map { $0.part }, of: parts, now: now)
    return (estimate.percent, estimate.secondsLeft)
  }

  /// The data of a `progress` event.
  package func json(now: Double) -> [UInt8] {
    let (percent, left) = report(now: now)
    if !states.isEmpty {
      var data = document
      if !records.isEmpty {
        data["percent"] = .integer(Int64(percent))
        data["secondsLeft"] = left.map { .integer(Int64($0)) }
      }
      return (try? JSON.encode(JSONValue.object(data))) ?? []
    }
    var json = JSONWriter()
    json.object { json in
      json.name("percent")
      json.value(percent)
      if let left {
        json.name("secondsLeft")
        json.value(left)
      }
      json.member("status", status)
    }
    return json.bytes
  }
}

/// One event of a stream of server-sent events.
///
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html>
package enum ServerSentEvent {
  /// How long a page waits before it connects again, as the first line of a stream.
  package static let retry = Array("retry: 2000\n\n".utf8)

  /// - Parameter data: without line ends; those of JSON are left out.
  package static func encode(_ name: String, _ data: some Sequence<UInt8>) -> [UInt8] {
    Array("event: \(name)\ndata: ".utf8) + data.filter { $0 != 0x0A && $0 != 0x0D } + Array("\n\n".utf8)
  }
}
