import Core
import FunctionRuntime
import MediaJobs
import Previews

/// The on-failure destination of the other functions: writes down that every try has failed; see `FailureRegister`.
struct RecordFailureHandler: FunctionHandler {
  let register: FailureRegister

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    try await register.record(JSON.decode(from: event), requestID: context.requestID)
    return Array("{}".utf8)
  }
}
