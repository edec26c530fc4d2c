import FoundationEssentials
import Core

/// What both sides know about sizes and numbers of entries.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>
package enum PutEventsLimits {
  /// Entries of one request.
  package static let entries = 10
  /// All entries of one request together, by `PutEventsRequest.Entry.size`: 256 KiB.
  package static let bytes = 256 << 10
}

extension PutEventsRequest.Entry {
  /// Bytes that the entry counts for: 14 for a time, plus the UTF-8 bytes of source, detail type, detail and resources.
  ///
  /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevents-entry-size>
  package var size: Int {
    var size = time == nil ? 0 : 14
    for text in [source, detailType, detail] { size += text?.utf8.count ?? 0 }
    return (resources ?? []).reduce(size) { $0 + $1.utf8.count }
  }

  /// The entry, where a bus may accept it.
  ///
  /// - Parameter isTrusted: `true` for the service's own events, whose source may begin with `aws.`.
  /// - Throws: what AWS answers for such an entry.
  package func validated(isTrusted: Bool = false) throws(EntryRefusal) -> PutEventsEntry {
    let (source, detailType, detail) = try required(isTrusted: isTrusted)
    guard let object = try? JSON.decode(JSONValue.self, from: [UInt8](detail.utf8)), object.objectValue != nil else {
      throw .malformedDetail
    }
    return PutEventsEntry(
      source: source, detailType: detailType, detail: object, resources: resources ?? [],
      time: time.map(Date.init(timeIntervalSince1970:)), eventBusName: eventBusName, traceHeader: traceHeader)
  }
}

extension PutEventsRequest.Entry {
  /// Everything that `validated` looks at but the detail's JSON.
  func required(isTrusted: Bool) throws(EntryRefusal) -> (source: String, detailType: String, detail: String) {
    guard let source, !source.isEmpty else { throw .required("Source") }
    guard let detailType, !detailType.isEmpty else { throw .required("DetailType") }
    guard let detail, !detail.isEmpty else { throw .required("Detail") }
    guard source.utf8.count <= 256 else { throw .invalid("Source", "Source must be at most 256 bytes.") }
    guard detailType.utf8.count <= 128 else { throw .invalid("DetailType", "DetailType must be at most 128 bytes.") }
    guard isTrusted || !source.hasPrefix("aws.") else { throw .notAuthorizedForSource }
    // Years 1 to 9999: what ISO 8601 can write with four digits.
    guard time.map({ (-62_135_596_800..<253_402_300_800).contains($0) }) ?? true else {
      throw .invalid("Time", "Time must be a number of seconds since 1970.")
    }
    return (source, detailType, detail)
  }
}

extension PutEventsRequest {
  /// What must hold for the request as a whole; single entries are judged by `Entry.validated`.
  ///
  /// - Throws: `ValidationException`, as AWS does.
  package func validate() throws(ServiceError) {
    guard (1...PutEventsLimits.entries).contains(entries.count) else {
      throw .validation(
        "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
          + "Member must have length from 1 to \(PutEventsLimits.entries), found \(entries.count)")
    }
    guard entries.reduce(0, { $0 + $1.size }) <= PutEventsLimits.bytes else {
      throw .validation("Total size of the entries in the request is over the limit.")
    }
  }
}
