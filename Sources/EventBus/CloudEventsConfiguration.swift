package import Core

/// Where CloudEvents are sent, as Knative tells what it binds to a sink.
///
/// <https://github.com/knative/specs/blob/main/specs/eventing/overview.md>, "Sink binding"
package struct CloudEventsConfiguration: Sendable {
  package var sink: String
  /// Attributes that every event gets, by name.
  package var extensions: [String: String]
  package var retry: RetryPolicy
  /// Events under way at the same time, at least 1. Default 4.
  package var concurrency: Int

  package init(sink: String, extensions: [String: String] = [:], retry: RetryPolicy = .init(), concurrency: Int = 4) {
    self.sink = sink
    self.extensions = extensions
    self.retry = retry
    self.concurrency = max(1, concurrency)
  }

  /// Reads `K_SINK` and the extensions of `K_CE_OVERRIDES`; nil without a sink. Problems stay in the reader.
  package init?(environment: inout EnvironmentReader) {
    guard let sink = environment.optional("K_SINK") else { return nil }
    if !["http://", "https://"].contains(where: { sink.hasPrefix($0) && sink.count > $0.count }) {
      environment.reject("K_SINK must be an address like 'http://broker.example/path', found '\(sink)'")
    }
    var extensions: [String: String] = [:]
    if let text = environment.optional("K_CE_OVERRIDES") {
      let members = (try? JSON.decode(JSONValue.self, from: Array(text.utf8)))?["extensions"]?.objectValue
      for (name, value) in members ?? [:] {
        guard let value = value.stringValue, Self.isName(name) else {
          environment.reject(
            "K_CE_OVERRIDES must have extensions of texts, named by lower-case letters and digits, found '\(name)'")
          continue
        }
        extensions[name] = value
      }
      if members == nil { environment.reject("K_CE_OVERRIDES must be like '{\"extensions\": {…}}', found '\(text)'") }
    }
    self.init(sink: sink, extensions: extensions)
  }

  private static func isName(_ name: String) -> Bool {
    (1...20).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
  }
}
