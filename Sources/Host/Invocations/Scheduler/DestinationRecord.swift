import FoundationEssentials
import FunctionHost
import Core

/// The record of an asynchronous invocation that Lambda sends to a destination.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
enum DestinationRecord {
  static func make(
    invocation: NewInvocation, functionARN: String, condition: String, attempts: Int, outcome: InvocationOutcome,
    at time: Date
  ) -> JSONValue {
    var response: [String: JSONValue] = ["statusCode": .integer(200), "executedVersion": .string("$LATEST")]
    let payload: [UInt8]
    switch outcome {
    case .success(let bytes): payload = bytes
    case .failure(let failure):
      response["functionError"] = .string("Unhandled")
      payload = failure.payload
    case .refused: payload = []
    }
    return .object([
      "version": .string("1.0"),
      "timestamp": .string(time.iso8601(milliseconds: true)),
      "requestContext": .object([
        "requestId": .string(invocation.id), "functionArn": .string("\(functionARN):$LATEST"),
        "condition": .string(condition), "approximateInvokeCount": .integer(Int64(attempts)),
      ]),
      "requestPayload": json(invocation.payload),
      "responseContext": .object(response),
      "responsePayload": json(payload),
    ])
  }

  /// What is not JSON travels as text.
  private static func json(_ bytes: [UInt8]) -> JSONValue {
    if bytes.isEmpty { return .null }
    return (try? JSON.decode(from: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
  }
}
