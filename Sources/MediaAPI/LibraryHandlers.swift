import Core
import EventBus
import FunctionRuntime
import LambdaEvents
import Library
import Logging
import MediaJobs
import LibraryAPI
import ObjectStore

/// Requests of the library's HTTP interface.
struct LibraryHandler: FunctionHandler {
  let api: LibraryAPI
  /// An image that exists costs one short call.
  var isBrief: Bool { true }

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

/// The hourly look at the indexes of all libraries: a crash may have left a file out, or one that has gone.
struct MendIndexHandler: FunctionHandler {
  let store: LibraryStore

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let mended: Int
    do {
      mended = try await store.mendIndexes()
    } catch let error as ObjectStoreError where error.code == "NoSuchBucket" || error.httpStatus == 403 {
      // A host of other services, which keeps no library.
      context.logger.debug("there is no library", metadata: ["error": "\(error.message)"])
      return try JSON.encode(["mended": 0])
    }
    if mended > 0 { context.logger.notice("indexes mended", metadata: ["entries": "\(mended)"]) }
    return try JSON.encode(["mended": mended])
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
