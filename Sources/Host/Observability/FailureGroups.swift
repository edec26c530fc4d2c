/// Failed invocations with the same function, kind and message, numbers aside.
package struct FailureGroup: Sendable, Codable, Equatable {
  package var function: String
  package var outcome: String
  package var errorType: String
  /// Of the newest.
  package var errorMessage: String
  package var count: Int
  /// Milliseconds since 1970.
  package var first: Int64
  package var last: Int64
  /// Of the newest.
  package var requestID: String
  /// What they belong to, at most ten.
  package var groups: [String]

  private static let maximumGroups = 10

  /// - Parameter records: the newest first.
  /// - Returns: the most frequent first.
  package static func of(_ records: [InvocationRecord], limit: Int) -> [FailureGroup] {
    var found: [String: FailureGroup] = [:]
    for record in records where record.outcome != "success" && record.outcome != InvocationRecord.running {
      let (type, message) = (record.errorType ?? record.outcome, record.errorMessage ?? "")
      let key = "\(record.function)\u{0}\(record.outcome)\u{0}\(type)\u{0}\(shape(message))"
      var group =
        found[key]
        ?? FailureGroup(
          function: record.function, outcome: record.outcome, errorType: type, errorMessage: message, count: 0,
          first: record.startedAt, last: record.startedAt, requestID: record.requestID, groups: [])
      group.count += 1
      group.first = min(group.first, record.startedAt)
      group.last = max(group.last, record.startedAt)
      if !record.group.isEmpty, group.groups.count < maximumGroups, !group.groups.contains(record.group) {
        group.groups.append(record.group)
      }
      found[key] = group
    }
    return Array(found.values.sorted { ($0.count, $0.last) > ($1.count, $1.last) }.prefix(limit))
  }

  /// A message without what differs from case to case: numbers, identifiers and what is in quotes.
  static func shape(_ message: String) -> String {
    var shape = ""
    var isQuoted = false
    for character in message.prefix(300) {
      if character == "'" || character == "\"" || character == "“" || character == "”" {
        if !isQuoted { shape += "'…'" }
        isQuoted.toggle()
      } else if !isQuoted {
        if character.isNumber {
          if shape.last != "#" { shape += "#" }
        } else {
          shape.append(character)
        }
      }
    }
    return shape
  }
}
