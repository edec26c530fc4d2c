import FunctionRuntime
import MediaJobs
import Previews
import PreviewRendering
import Core

/// Renders the clip that the event names; see `ClipProcessor`.
struct ProcessClipHandler: FunctionHandler {
  private let processor: ClipProcessor

  init(services: PreviewServices) {
    processor = ClipProcessor(services: services)
  }

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let clip = try ClipEvent(json: JSON.decode(JSONValue.self, from: event))
    return try JSON.encode(
      try await processor.process(
        clip, requestID: context.requestID,
        within: InvocationAllowance(deadline: context.deadline, retire: context.retire)))
  }
}
