import LambdaEvents
import NIOCore

/// A job's progress as server-sent events: `progress` every 1 to 2 s, then `done` or `failed` with the job's document.
///
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
enum JobEvents {
  struct Place: Sendable {
    var bucket: String
    /// Of the job's document.
    var key: String
    /// Prefix of the parts' records.
    var records: String
    /// If the document has several states and is itself the events' data.
    var states: HTTPResult.DocumentStates?
  }

  static let longestDocument = 1 << 20
  static let maximumRecords = 10_000

  static func event(_ name: String, _ data: some Sequence<UInt8>) -> ByteBuffer {
    ByteBuffer(bytes: ServerSentEvent.encode(name, data))
  }
}
