import Core
import FunctionRuntime
import FoundationEssentials
import ImageCodecs
import LambdaEvents
import Library
import Logging
import LibraryAPI
import MediaTypes
import ObjectStore

/// `POST /api/auth/me/avatar`: the six steps from an upload to the picture of a user.
struct AvatarHandler: FunctionHandler {
  let work: ImageWork
  let keys: SessionKeys

  private static let maximumBytes = 8 << 20
  private static let output = ImageOutput(fit: .square(512), format: .webp, quality: 85)

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let request = try HTTPEvent(json: event)
    do {
      return try await answer(request, work.during(context)).json()
    } catch let error as APIError {
      return error.result.json()
    } catch let error as ImageError {
      let status = error.reason == .failed ? 500 : 400
      return APIError(status, "The avatar cannot be used: \(error.message).").result.json()
    } catch {
      context.logger.error("avatar failed", metadata: ["error": "\(error)"])
      return APIError(503, "The avatar cannot be stored now; try again.", retryAfter: 2).result.json()
    }
  }

  private func answer(_ request: HTTPEvent, _ work: ImageWork) async throws -> HTTPResult {
    guard request.method == "POST" else { throw APIError(405, "This address does not know the method.") }
    let session = try Caller.session(of: request, keys: keys, now: work.services.secondsSince1970)
    if request.isBodyCheck { return .accepted }
    let bytes = try await upload(request)
    guard !bytes.isEmpty else { throw APIError(400, "The avatar is empty.") }
    guard bytes.count <= Self.maximumBytes else { throw Self.tooLarge }
    let file = try await work.render([Self.output], of: bytes)[0]
    var options = PutOptions(contentType: Self.output.format.contentType)
    options.cacheControl = "private, max-age=300"
    let store = work.store
    _ = try await store.objects.put(
      file, as: AvatarKey.key(of: session.user), in: store.buckets.library, options: options)
    return try HTTPResult.json(["avatarUrl": "/api/auth/me/avatar"])
  }

  private static let tooLarge = APIError(413, "An avatar must be at most 8 MiB.")

  /// The field `avatar` of a form, or the body itself; in the event, or where the gateway has put it.
  private func upload(_ request: HTTPEvent) async throws -> [UInt8] {
    if !request.parts.isEmpty {
      guard let part = request.parts.first(where: { $0.name == nil || $0.name == "avatar" }) else {
        throw APIError(400, "The form must have the field 'avatar'.")
      }
      guard part.size <= Int64(Self.maximumBytes) else { throw Self.tooLarge }
      return try await spooled(part.url)
    }
    let type = request.header("content-type") ?? ""
    guard type.lowercased().hasPrefix("multipart/form-data") else { return request.body ?? [] }
    let form: MultipartForm
    do {
      form = try MultipartForm(request.body ?? [], contentType: type, isWhole: true)
    } catch {
      throw APIError(400, "The form is malformed: \(error.message).")
    }
    guard let part = form.parts.first(where: { $0.name == "avatar" }) else {
      throw APIError(400, "The form must have the field 'avatar'.")
    }
    return Array(part.body)
  }

  private func spooled(_ url: String) async throws -> [UInt8] {
    if url.hasPrefix("file://") {
      let path = String(url.dropFirst(7))
      return try await DedicatedThread.run(name: "upload") {
        let source = try FileByteSource(path: path)
        return try FileTransformHandler.readAll(source)
      }
    }
    let place = url.dropFirst("s3://".count).split(separator: "/", maxSplits: 1).map(String.init)
    guard url.hasPrefix("s3://"), place.count == 2 else { throw APIError(500, "The upload cannot be found.") }
    return try await work.store.objects.get(place[1], in: place[0]).bytes
  }
}
