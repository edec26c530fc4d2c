package import EventBus
import Core

/// A rule of a bus, ready to be matched.
package struct BusRule: Sendable {
  /// A function, or an API destination, that receives what matches.
  package struct Target: Sendable {
    /// As `PutTargets` describes it.
    package let described: RuleTarget
    /// What the queue knows the recipient by. nil: the template has none of that ARN any more.
    package let function: String?
    package let input: TargetInput

    /// - Parameter id: within the rule. Default: the function's name.
    package init(id: String? = nil, function: String, arn: String, input: TargetInput) {
      described = RuleTarget(id: id ?? function, arn: arn)
      self.function = function
      self.input = input
    }

    /// A target that was accepted before.
    package init(stored target: RuleTarget, functionsByARN: [String: String]) {
      described = target
      function = functionsByARN[target.arn]
      input =
        (try? TargetInput(input: target.input, path: target.inputPath, transformer: target.inputTransformer))
        ?? .matchedEvent
    }

    /// - Parameter functionsByARN: whom a rule can reach.
    /// - Throws: `ServiceError` where the target is none of them or asks for what is not honoured here.
    package init(_ target: RuleTarget, functionsByARN: [String: String]) throws(ServiceError) {
      guard (1...64).contains(target.id.utf8.count), target.id.utf8.allSatisfy(BusRule.isNameCharacter) else {
        throw .validation("Id must be 1 to 64 of the characters . - _ A-Z a-z 0-9, found '\(target.id.prefix(80))'")
      }
      guard let function = functionsByARN[target.arn] else {
        throw .notFound("'\(target.arn)' is not the ARN of a function or an API destination of this runtime.")
      }
      self.function = function
      do {
        input = try TargetInput(
          input: target.input, path: target.inputPath, transformer: target.inputTransformer)
      } catch {
        throw ServiceError(code: error.code, message: error.message)
      }
      described = target
    }
  }

  /// What identifies it.
  package struct Key: Hashable, Sendable, Comparable {
    package let bus: String
    package let name: String

    package init(bus: String, name: String) {
      self.bus = bus
      self.name = name
    }

    package func arn(region: String, account: String) -> String {
      "arn:aws:events:\(region):\(account):rule/\(bus == "default" ? name : "\(bus)/\(name)")"
    }

    package static func < (one: Key, other: Key) -> Bool { (one.bus, one.name) < (other.bus, other.name) }
  }

  package let key: Key
  package var pattern: EventPattern
  /// JSON text, as it was given.
  package var patternText: String
  package var state: RuleState
  package var description: String?
  /// It stands in the template, and the API cannot change it.
  package var isOfTemplate: Bool
  package var targets: [Target]

  /// - Throws: `ServiceError` (`InvalidEventPatternException`, `ValidationException`) naming what is wrong.
  package init(
    key: Key, patternText: String, state: RuleState, description: String? = nil, isOfTemplate: Bool = false,
    targets: [Target] = []
  ) throws(ServiceError) {
    guard description?.utf16.count ?? 0 <= 512 else {
      throw .validation("Description must have at most 512 characters")
    }
    do {
      pattern = try EventPattern(text: Array(patternText.utf8))
    } catch {
      throw ServiceError(code: error.code, message: error.message)
    }
    self.key = key
    self.patternText = patternText
    self.state = state
    self.description = description
    self.isOfTemplate = isOfTemplate
    self.targets = targets
  }

  package static func isNameCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
