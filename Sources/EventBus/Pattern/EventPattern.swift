package import Core

/// What is wrong with an event pattern, and where in it.
package struct PatternError: ClassifiedError, Equatable {
  /// The field that is at fault, as in `detail.state`; empty for the pattern as a whole.
  package let path: String
  package let message: String
  package var code: String { "InvalidEventPatternException" }
  package var isRetryable: Bool { false }
}

/// A compiled EventBridge event pattern. Matching is pure and allocates next to nothing.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html>
package struct EventPattern: Sendable {
  /// What an event must be like: any one of these. More than one comes of `$or` alone.
  let trees: [PatternNode]

  /// - Throws: `PatternError` naming the field that is not a valid pattern.
  package init(json: JSONValue) throws(PatternError) {
    trees = try PatternCompiler.compile(OrderedJSON(json))
  }

  /// - Throws: `PatternError`, also where the text is not JSON.
  package init(text: [UInt8]) throws(PatternError) {
    guard let json = OrderedJSON(text: text) else {
      throw PatternError(path: "", message: "an event pattern must be a JSON object, found text that is not JSON")
    }
    trees = try PatternCompiler.compile(json)
  }

  /// Whether the event (an envelope, `BusEvent.json()`) has what the pattern asks for.
  package func matches(_ event: JSONValue) -> Bool {
    let event = event.hasDottedNames ? event.withoutDottedNames : event
    return trees.contains { $0.evaluate(event) != .no }
  }
}
