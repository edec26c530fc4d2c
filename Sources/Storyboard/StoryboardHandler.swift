import FunctionRuntime
import Previews
import Core
import Storyboards

/// Makes the storyboard of the video that the event says was processed; see `StoryboardMaker`.
struct StoryboardHandler: FunctionHandler {
  let services: PreviewServices

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let processed = try ProcessedEvent(json: JSON.decode(JSONValue.self, from: event))
    return try JSON.encode(try await StoryboardMaker(services: services).process(processed))
  }
}
