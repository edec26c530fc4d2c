import EventBus
import FunctionRuntime
import Logging
import MediaJobs
import Previews
import PreviewRendering
import Core

/// Cuts every uploaded video that the event names; see `ClipPlanner`.
struct SnippetsHandler: FunctionHandler {
  let services: PreviewServices

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let cutter = ClipPlanner(services: services)
    let json: JSONValue = try JSON.decode(from: event)
    if let detail = json["detail"]?.objectValue, detail["output"] != nil {
      return try JSON.encode([
        try await cutter.process(
          try PreviewAddress(detail: detail), requestID: context.requestID,
          within: InvocationAllowance(deadline: context.deadline, retire: context.retire))
      ])
    }
    var outcomes: [ClipPlanner.Outcome] = []
    var failure: (any Error)?
    for notification in try S3Notification.decode(event) {
      do {
        outcomes.append(
          try await cutter.process(
            notification.get(), requestID: context.requestID,
            within: InvocationAllowance(deadline: context.deadline, retire: context.retire)))
      } catch {
        // The other records are still processed; doing one of them twice is harmless.
        context.logger.error("record failed", metadata: ["error": "\(error)"])
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return try JSON.encode(outcomes)
  }
}
