package import RuntimeCore

/// What a rule's target receives of an event (`Input`, `InputPath`).
package enum TargetInput: Sendable, Equatable {
  /// The whole envelope.
  case matchedEvent
  case constant(JSONValue)
  /// The part that these member names and array indexes lead to.
  case part([Step])

  package enum Step: Sendable, Equatable {
    case member(String)
    case element(Int)
  }

  package struct Invalid: ClassifiedError, Equatable {
    package let message: String
    package var code: String { "ValidationException" }
    package var isRetryable: Bool { false }
  }

  /// - Parameters:
  ///   - input: JSON text.
  ///   - path: `$`, or `$.detail.key`, `$.resources[0]`.
  /// - Throws: `Invalid` where both are given or one is not of its form.
  package init(input: String?, path: String?) throws(Invalid) {
    switch (input, path) {
    case (nil, nil), (nil, "$"): self = .matchedEvent
    case (let input?, nil):
      guard let value = try? JSON.decode(JSONValue.self, from: Array(input.utf8)) else {
        throw Invalid(message: "Input must be JSON text, found '\(input.prefix(80))'")
      }
      self = .constant(value)
    case (nil, let path?):
      guard let steps = Self.steps(path) else {
        throw Invalid(message: "InputPath must be like '$.detail' or '$.resources[0]', found '\(path.prefix(80))'")
      }
      self = .part(steps)
    case (_?, _?): throw Invalid(message: "Input and InputPath must not be given together")
    }
  }

  /// `{}` where the event has no such part, as EventBridge delivers it.
  package func payload(for event: JSONValue) -> JSONValue {
    switch self {
    case .matchedEvent: return event
    case .constant(let value): return value
    case .part(let steps):
      var value = event
      for step in steps {
        let next: JSONValue?
        switch step {
        case .member(let name): next = value[name]
        case .element(let index):
          next = value.arrayValue.flatMap { $0.indices.contains(index) ? $0[index] : nil }
        }
        guard let next else { return .object([:]) }
        value = next
      }
      return value
    }
  }

  private static func steps(_ path: String) -> [Step]? {
    guard path.hasPrefix("$.") else { return nil }
    var steps: [Step] = []
    for part in path.dropFirst(2).split(separator: ".", omittingEmptySubsequences: false) {
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      guard let name = pieces.first, !name.isEmpty, !name.contains("]"), !name.contains("*") else { return nil }
      steps.append(.member(String(name)))
      for piece in pieces.dropFirst() {
        guard piece.hasSuffix("]"), let index = Int(piece.dropLast()), index >= 0 else { return nil }
        steps.append(.element(index))
      }
    }
    return steps
  }
}
