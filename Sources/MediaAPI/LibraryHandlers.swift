import Core
import EventBus
import FunctionRuntime
import LambdaEvents
import Library
import Logging
import MediaJobs
import LibraryAPI

/// Requests of the library's HTTP interface.
struct LibraryHandler: FunctionHandler {
  let api: LibraryAPI

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    await api.answer(try HTTPEvent(json: event), asksAgain: context.resolvesReferences).json()
  }
}

/// Notifications of uploads.
struct IngestHandler: FunctionHandler {
  let ingest: Ingest

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    for notification in try S3Notification.decode(event) {
      switch notification {
      case .success(let notification): try await ingest.process(notification)
      case .failure(let error): context.logger.warning("no notification of an upload", metadata: ["error": "\(error)"])
      }
    }
    return Array("{}".utf8)
  }
}

/// Files whose SHA-256 is wanted.
struct HashFileHandler: FunctionHandler {
  let hashing: FileHashing

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    try await hashing.process(
      LibraryEvent(json: JSON.decode(JSONValue.self, from: event)),
      within: InvocationAllowance(deadline: context.deadline, retire: context.retire))
    return Array("{}".utf8)
  }
}

/// Videos whose previews have been made, or cannot be.
struct NamePreviewsHandler: FunctionHandler {
  let results: PreviewResults

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    try await results.process(JSON.decode(JSONValue.self, from: event))
    return Array("{}".utf8)
  }
}
