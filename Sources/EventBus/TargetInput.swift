package import Core

/// What a rule's target receives of an event (`Input`, `InputPath`, `InputTransformer`).
package enum TargetInput: Sendable, Equatable {
  /// The whole envelope.
  case matchedEvent
  case constant(JSONValue)
  /// The part that these member names and array indexes lead to.
  case part([Step])
  case transformed(InputTransformer)

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
  ///   - transformer: `InputPathsMap` and `InputTemplate`.
  /// - Throws: `Invalid` where more than one is given or one is not of its form.
  package init(input: String?, path: String?, transformer: JSONValue? = nil) throws(Invalid) {
    switch (input, path, transformer) {
    case (nil, nil, nil), (nil, "$", nil): self = .matchedEvent
    case (nil, nil, let transformer?): self = .transformed(try InputTransformer(json: transformer))
    case (let input?, nil, nil):
      guard let value = try? JSON.decode(JSONValue.self, from: Array(input.utf8)) else {
        throw Invalid(message: "Input must be JSON text, found '\(input.prefix(80))'")
      }
      self = .constant(value)
    case (nil, let path?, nil):
      guard let steps = Self.steps(path) else {
        throw Invalid(message: "InputPath must be like '$.detail' or '$.resources[0]', found '\(path.prefix(80))'")
      }
      self = .part(steps)
    default: throw Invalid(message: "only one of Input, InputPath and InputTransformer may be given")
    }
  }

  /// `{}` where the event has no such part, as EventBridge delivers it.
  package func payload(for event: JSONValue, _ context: InputTransformer.Context) -> JSONValue {
    switch self {
    case .matchedEvent: return event
    case .constant(let value): return value
    case .part(let steps): return Self.value(at: steps, of: event) ?? .object([:])
    case .transformed(let transformer): return transformer.payload(for: event, context)
    }
  }

  static func value(at steps: [Step], of event: JSONValue) -> JSONValue? {
    var value = event
    for step in steps {
      let next: JSONValue?
      switch step {
      case .member(let name): next = value[name]
      case .element(let index):
        next = value.arrayValue.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      }
      guard let next else { return nil }
      value = next
    }
    return value
  }

  static func steps(_ path: String) -> [Step]? {
    if path == "$" { return [] }
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
