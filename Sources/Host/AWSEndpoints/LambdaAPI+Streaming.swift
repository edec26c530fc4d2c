import EventBus
import FoundationEssentials
import FunctionHost
import NIOCore
import Core

/// `InvokeWithResponseStream`: what the function streams reaches the caller as it is made.
///
/// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
extension LambdaAPI {
  static let streamingPathPrefix = "/2021-11-15/functions"

  func invokeWithResponseStream(_ call: Call) async throws -> Answer {
    let parts = try call.parts(below: Self.streamingPathPrefix)
    guard call.method == "POST", parts.count == 2, parts[1] == "response-streaming-invocations" else {
      throw call.unknown
    }
    let function = try function(parts[0], call)
    let context = try clientContext(of: call)
    let payload = try payload(of: call)
    switch call.headers("x-amz-invocation-type") ?? "RequestResponse" {
    case "DryRun": return Answer(status: 204, headers: [Self.version])
    case "RequestResponse": break
    case let type:
      throw ServiceError(
        code: "InvalidParameterValueException",
        message: "X-Amz-Invocation-Type must be 'RequestResponse' or 'DryRun', found '\(type.prefix(40))'")
    }
    try limit(payload, Self.maximumPayload)
    let stream = ResponseStream()
    var request = InvocationRequest(
      requestID: call.requestID, payload: payload, traceID: call.headers("x-amzn-trace-id"), stream: stream)
    request.clientContext = context
    let invocation = Task {
      let result = await invoke(function.name, request)
      stream.finish()
      return result
    }
    // What is refused is refused by the status, which is sent with the first byte.
    let first = await stream.next()
    if first == nil, case .refused = await invocation.value.outcome {
      _ = try answer(await invocation.value, [])
    }
    let wantsTail = call.headers("x-amz-log-type") == "Tail"
    return Answer(
      status: 200, headers: [Self.version],
      stream: { send in
        do {
          var part = first
          while let chunk = part {
            try await send(Self.chunk(Array(buffer: chunk)))
            part = await stream.next()
          }
          let result = await invocation.value
          // What the function did not stream.
          if case .success(let body) = result.outcome, !body.isEmpty {
            for start in stride(from: 0, to: body.count, by: Self.chunkBytes) {
              try await send(Self.chunk(Array(body[start..<min(body.count, start + Self.chunkBytes)])))
            }
          }
          try await send(Self.completion(result, wantsTail: wantsTail))
        } catch {
          stream.abandon()
          throw error
        }
      })
  }

  private static let chunkBytes = 1 << 20

  private static func chunk(_ bytes: [UInt8]) -> [UInt8] {
    EventStreamMessage.event("PayloadChunk", contentType: "application/octet-stream", payload: bytes)
  }

  private static func completion(_ result: InvocationResult, wantsTail: Bool) -> [UInt8] {
    var members: [String: JSONValue] = [:]
    if case .failure(let failure) = result.outcome {
      members["ErrorCode"] = .string(failure.type)
      members["ErrorDetails"] = .string(String(decoding: failure.payload, as: UTF8.self))
    }
    if wantsTail { members["LogResult"] = .string(Data(result.logTail).base64EncodedString()) }
    let payload = (try? JSON.encode(JSONValue.object(members))) ?? []
    return EventStreamMessage.event("InvokeComplete", contentType: "application/json", payload: payload)
  }
}
