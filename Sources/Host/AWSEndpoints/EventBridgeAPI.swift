package import EventRouting
import EventBus
import FoundationEssentials
import Core

/// The part of EventBridge's API that the embedded bus speaks. What the template says of rules is changed there only.
///
/// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
package struct EventBridgeAPI: Sendable {
  static let targetPrefix = "AWSEvents."

  package let bus: LocalEventBus

  package init(bus: LocalEventBus) {
    self.bus = bus
  }

  /// - Parameters:
  ///   - target: the `X-Amz-Target` header.
  ///   - idempotencyKey: see `EventBridgeClient.idempotencyHeader`.
  /// - Returns: the JSON body of the answer.
  /// - Throws: `ServiceError`; what the storage throws.
  package func call(target: String, body: [UInt8], idempotencyKey: String?) async throws -> [UInt8] {
    switch target.dropFirst(Self.targetPrefix.count) {
    case "PutEvents":
      return try await bus.putEvents(try decode(body), idempotencyKey: idempotencyKey)
    case "TestEventPattern":
      let request: TestEventPatternRequest = try decode(body)
      return try JSON.encode(try request.result())
    case "PutRule": return try JSON.encode(try await putRule(try decode(body)))
    case "DescribeRule": return try JSON.encode(try describeRule(try decode(body)))
    case "ListRules": return try JSON.encode(try listRules(try decode(body)))
    case "EnableRule": return try await setState(.enabled, of: try decode(body))
    case "DisableRule": return try await setState(.disabled, of: try decode(body))
    case "DeleteRule": return try await deleteRule(try decode(body))
    case "PutTargets": return try JSON.encode(try await putTargets(try decode(body)))
    case "RemoveTargets": return try JSON.encode(try await removeTargets(try decode(body)))
    case "ListTargetsByRule": return try JSON.encode(try listTargets(try decode(body)))
    case "ListRuleNamesByTarget": return try JSON.encode(try listNames(try decode(body)))
    case "ListEventBuses": return try JSON.encode(buses())
    default:
      throw ServiceError(code: "UnknownOperationException", message: "this endpoint does not implement '\(target)'")
    }
  }

  private func decode<Value: Decodable>(_ body: [UInt8]) throws(ServiceError) -> Value {
    do {
      return try JSON.decode(from: body.isEmpty ? Array("{}".utf8) : body)
    } catch {
      throw ServiceError(
        code: "SerializationException", message: "the body must be the operation's JSON object: \(describe(error))")
    }
  }

  private func describe(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "member '\(key.stringValue)' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "member '\(context.codingPath.map(\.stringValue).joined(separator: "."))' has another type"
    default: "it is not JSON"
    }
  }

  private func buses() -> JSONValue {
    .object([
      "EventBuses": .array(
        bus.rules.busNames.sorted().map { name in
          .object([
            "Name": .string(name),
            "Arn": .string("arn:aws:events:\(bus.region):\(bus.accountID):event-bus/\(name)"),
          ])
        })
    ])
  }
}
