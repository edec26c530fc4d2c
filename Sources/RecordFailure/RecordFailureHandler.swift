import FunctionRuntime
import PreviewJob
import Core

/// The on-failure destination of the other functions; see `FailureRecorder`.
struct RecordFailureHandler: FunctionHandler {
  let services: PreviewServices

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    try await FailureRecorder(services: services).record(JSON.decode(from: event), requestID: context.requestID)
    return Array("{}".utf8)
  }
}
