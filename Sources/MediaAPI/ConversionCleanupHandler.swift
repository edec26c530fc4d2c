import ConversionAPI
import Core
import FunctionRuntime

/// The hourly clean-up of tokens and results.
struct ConversionCleanupHandler: FunctionHandler {
  let api: ConversionAPI

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    try JSON.encode(try await api.sweep())
  }
}
