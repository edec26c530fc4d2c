import Core
import FunctionRuntime
import ImageCodecs
import Library
import MediaTypes

/// What an image says of itself: size, camera, time and place.
struct MetadataHandler: FunctionHandler {
  let work: ImageWork

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let request = try LibraryEvent(json: JSON.decode(JSONValue.self, from: event))
    guard let record = try await work.store.record(of: request.file), record.version == request.version,
      record.kind == .image
    else { return Array("{}".utf8) }
    do {
      let (facts, tags) = try await work.during(context).factsAndTags(of: work.original(record))
      try await work.store.update(request.file, version: request.version) { record in
        (record.width, record.height) = (facts.size.width, facts.size.height)
        record.metadata = ImageMetadata.document(tags, facts: facts)
      }
    } catch let error as ImageError {
      try await work.store.update(request.file, version: request.version) { record in
        record.metadata = .object(["error": .string(error.message)])
      }
    } catch LibraryStore.OriginalProblem.gone {}
    return Array("{}".utf8)
  }
}
