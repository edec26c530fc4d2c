import FoundationEssentials

/// Request and event identifiers: version 4 UUIDs in lower case, as AWS writes them.
package enum RequestID {
  package static func make() -> String { UUID().uuidString.lowercased() }
}
