import Core
import FoundationEssentials
package import LambdaEvents
package import Library
import Logging
import MediaJobs

/// The library's HTTP interface: who asks, what for, and what the answer is.
package struct LibraryAPI: Sendable {
  let services: LibraryServices
  let keys: SessionKeys
  let addresses: any UploadAddresses
  /// What is answered for derivatives of video and audio.
  let derivatives: any DerivativeRoutes
  /// Function that makes an image for one answer, if the cache takes nothing.
  let uncachedImages: String?

  /// - Parameter uncachedImages: a function's name; nil: a full cache is an error.
  package init(
    services: LibraryServices, keys: SessionKeys, addresses: any UploadAddresses,
    derivatives: any DerivativeRoutes = NoDerivatives(), uncachedImages: String? = nil
  ) {
    self.uncachedImages = uncachedImages
    self.services = services
    self.keys = keys
    self.addresses = addresses
    self.derivatives = derivatives
  }

  var store: LibraryStore { services.store }

  /// Answers a request. What goes wrong inside is told as 500 without its cause, which is logged.
  ///
  /// - Parameter asksAgain: the platform asks again if an optional object is not there.
  package func answer(_ event: HTTPEvent, asksAgain: Bool = false) async -> HTTPResult {
    do {
      return try await route(event, asksAgain)
    } catch let error as APIError {
      return error.result
    } catch {
      let cause = error as? any ClassifiedError
      services.jobs.logger.error(
        "request failed", metadata: ["error": "\(cause?.description ?? "\(error)")", "path": "\(event.rawPath)"])
      let isBusy = cause?.isRetryable == true
      return APIError(
        isBusy ? 503 : 500, isBusy ? "The store does not answer; try again." : "The request failed.",
        retryAfter: isBusy ? 2 : nil
      ).result
    }
  }

  private func route(_ event: HTTPEvent, _ asksAgain: Bool) async throws -> HTTPResult {
    let route = try LibraryRoute(method: event.method, path: event.rawPath)
    if route == .variants { return try variants() }
    if case .avatar(let user) = route {
      // Without a session there is no such picture.
      guard (try? session(event)) != nil else { throw APIError.notFound }
      return try await avatar(of: user)
    }
    let session = try session(event)
    switch route {
    case .list(let library):
      // Pages of a large index are read side by side.
      return try await withTaskExecutorPreference(globalConcurrentExecutor) {
        try await list(event, in: library, session)
      }
    case .create(let library): return try await create(event, in: library, session)
    case .file(let file):
      return try await Self.json(derivatives.withProgress(record(file, session).record, services: services))
    case .rename(let file): return try await rename(event, file, session)
    case .delete(let file): return try await delete(file, session)
    case .replace(let file): return try await replace(event, file, session)
    case .events(let file): return try await events(file, session)
    case .reprocess(let file): return try await reprocess(event, file, session)
    case .derivative(let file, let action, let method):
      let (record, role) = try await record(file, session)
      return try await derivatives.answer(event, method, action, of: record, role: role, services: services)
    case .previews(let file, let name): return try await preview(name, of: record(file, session).record)
    case .reprocessThumbnails(let library):
      guard let role = session.role(in: library) else { throw APIError.notFound }
      guard role == .owner else { throw APIError(403, "Only owners of the library may do this.") }
      return try await derivatives.reprocessThumbnails(of: library, services: services)
    case .image(let file): return try await image(event, file, session, asksAgain)
    case .ownAvatar(let method):
      guard method != "POST" else { throw APIError(405, "Avatars are received by another function.") }
      return try await avatar(of: session.user, orNothing: event.query("missing").first == "empty")
    case .avatar, .variants: throw APIError.notFound
    }
  }

  func session(_ event: HTTPEvent) throws(APIError) -> Session {
    try Caller.session(of: event, keys: keys, now: services.secondsSince1970)
  }

  /// The record of a file that the caller may know of. For all others the store is asked as well, for a file that does
  /// not exist, so that the answer takes the same time.
  func record(
    _ file: FileIdentity, _ session: Session
  ) async throws -> (record: FileRecord, role: Session.Role) {
    let role = session.role(in: file.libraryID)
    let record = try await store.record(of: role == nil ? Self.decoy : file)
    guard let role, let record else { throw APIError.notFound }
    return (record, role)
  }

  /// A file that never exists.
  static var decoy: FileIdentity { FileIdentity(libraryID: RequestID.make(), fileID: RequestID.make()) }

  static func json(_ value: some Encodable, status: Int = 200) throws -> HTTPResult {
    try HTTPResult.privateJSON(value, status: status)
  }
}
