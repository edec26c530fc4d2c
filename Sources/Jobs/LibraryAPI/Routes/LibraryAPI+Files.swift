import Core
import FoundationEssentials
import ImageTransforms
import LambdaEvents
import Library
import MediaJobs
import ObjectStore

/// The routes of files themselves.
extension LibraryAPI {
  private struct List: Encodable {
    let files: [IndexEntry]
    let folders: [FileListing.Group]?
    let groups: [FileListing.Group]?
    let next: String?
    let total: Int
    let context: Context?
  }

  /// What a page needs to know once, so that it need not ask for it apart: `context=true`.
  private struct Context: Encodable {
    struct Membership: Encodable {
      let id: String
      let role: String
    }

    let role: String
    let libraries: [Membership]
    let variants: ImageVariants
    /// The bucket of originals, for what takes objects.
    let bucket: String
  }

  func list(_ event: HTTPEvent, in library: String, _ session: Session) async throws -> HTTPResult {
    let role = session.role(in: library)
    let listing: FileListing
    do throws(FileListing.Invalid) {
      listing = try FileListing(query: event.queryPairs)
    } catch {
      throw APIError(400, error.message)
    }
    let snapshot = try await store.snapshot(libraryID: role == nil ? RequestID.make() : library)
    guard let role else { throw APIError.notFound }
    let page = listing.page(of: snapshot)
    let context = event.query("context").first == "true" ? try await context(role, session) : nil
    return try Self.json(
      List(
        files: page.files, folders: listing.folder == nil ? nil : page.folders,
        groups: listing.countsMonths ? page.months : nil, next: page.next, total: page.total, context: context))
  }

  private func context(_ role: Session.Role, _ session: Session) async throws -> Context {
    var roles = session.libraries
    // This machine's user owns those as well that others have begun.
    if session.isLocal { for library in try await store.libraries() { roles[library] = session.role(in: library) } }
    return Context(
      role: role.rawValue,
      libraries: roles.sorted { $0.key < $1.key }.map { Context.Membership(id: $0.key, role: $0.value.rawValue) },
      variants: .current, bucket: store.buckets.library)
  }

  /// What a client says of a file that it is going to upload.
  private struct Announcement: Decodable {
    var name: String?
    var size: Int64?
    var mimeType: String?
    /// Demands parts, or one request, whatever the size.
    var multipart: Bool?
  }

  private struct Answer: Encodable {
    let file: FileRecord
    let upload: Upload
  }

  /// Either `url` or the other four.
  private struct Upload: Encodable {
    var method = "PUT"
    var expiresIn = UploadPlan.expires
    var url: String?
    var uploadId: String?
    var partSize: Int64?
    var partUrls: [String]?
    var completeUrl: String?
  }

  func create(_ event: HTTPEvent, in library: String, _ session: Session) async throws -> HTTPResult {
    guard session.role(in: library) != nil else { throw APIError.notFound }
    let announcement = try Self.announcement(event)
    guard let name = announcement.name, !name.isEmpty, name.utf8.count <= 1024 else {
      throw APIError(400, "'name' must be the file's name, 1 to 1024 bytes.")
    }
    let file = FileIdentity(libraryID: library, fileID: RequestID.make())
    var record = FileRecord(
      identity: file, name: name, mimeType: announcement.mimeType ?? "application/octet-stream",
      createdAt: store.now, createdBy: session.user)
    record.size = 0
    guard try await store.create(record) else { throw APIError(409, "The identifier is in use; try again.") }
    let upload = try await upload(file, named: name, announcement, for: event.presignedOrigin)
    let stored = try await store.record(of: file) ?? record
    return try Self.json(Answer(file: stored, upload: upload), status: 201)
  }

  func replace(_ event: HTTPEvent, _ file: FileIdentity, _ session: Session) async throws -> HTTPResult {
    let (record, _) = try await record(file, session)
    guard record.role == .original || record.role == .moment else {
      throw APIError(400, "A derived file is replaced by making it again.")
    }
    let announcement = try Self.announcement(event)
    let upload = try await upload(
      file, named: announcement.name ?? record.name, announcement, for: event.presignedOrigin)
    return try Self.json(Answer(file: record, upload: upload))
  }

  private static func announcement(_ event: HTTPEvent) throws(APIError) -> Announcement {
    let body = event.body ?? []
    guard let announcement = try? JSON.decode(Announcement.self, from: body.isEmpty ? Array("{}".utf8) : body) else {
      throw APIError(400, "The body must be JSON with 'name', and may have 'size' and 'mimeType'.")
    }
    if let size = announcement.size, !(0...UploadPlan.maximumSize).contains(size) {
      throw APIError(413, "A file must have at most \(UploadPlan.maximumSize) bytes.")
    }
    return announcement
  }

  private func upload(
    _ file: FileIdentity, named name: String, _ announcement: Announcement, for origin: PresignedOrigin
  ) async throws -> Upload {
    let (key, bucket, size) = (file.originalKey(name), store.buckets.library, announcement.size ?? 0)
    guard announcement.multipart ?? (size > UploadPlan.single) else {
      return Upload(url: try await addresses.single(key, in: bucket, expires: UploadPlan.expires, for: origin))
    }
    let partSize = UploadPlan.partSize(size)
    let count = Int(max(1, (size + partSize - 1) / partSize))
    let (upload, parts, completion) = try await addresses.multipart(
      key, in: bucket, parts: count, expires: UploadPlan.expires, for: origin)
    return Upload(uploadId: upload, partSize: partSize, partUrls: parts, completeUrl: completion)
  }

  func rename(_ event: HTTPEvent, _ file: FileIdentity, _ session: Session) async throws -> HTTPResult {
    _ = try await record(file, session)
    guard let change = try? JSON.decode([String: JSONValue].self, from: event.body ?? []), !change.isEmpty else {
      throw APIError(400, "The body must be JSON with what is to be changed: 'name'.")
    }
    if let unknown = change.keys.sorted().first(where: { $0 != "name" }) {
      throw APIError(400, "'\(unknown)' cannot be changed.")
    }
    guard let name = change["name"]?.stringValue, !name.isEmpty, name.utf8.count <= 1024 else {
      throw APIError(400, "'name' must be the file's name, 1 to 1024 bytes.")
    }
    let updated = try await store.update(file) { record in
      guard record.name != name else { return false }
      record.name = name
      return true
    }
    guard let updated else { throw APIError.notFound }
    return try Self.json(updated.record)
  }

  func delete(_ file: FileIdentity, _ session: Session) async throws -> HTTPResult {
    let (record, role) = try await record(file, session)
    guard role == .owner || record.createdBy == session.user else {
      throw APIError(403, "Only the library's owners and the uploader may delete a file.")
    }
    guard try await store.remove(file) else { throw APIError.notFound }
    return HTTPResult(status: 204)
  }

  /// Makes derivatives again: those that the body names, or those that failed.
  func reprocess(_ event: HTTPEvent, _ file: FileIdentity, _ session: Session) async throws -> HTTPResult {
    let (record, role) = try await record(file, session)
    guard record.isUploaded, record.role == .original || record.role == .moment else {
      throw APIError(400, "The file must be an uploaded one.")
    }
    let possible = Derivative.all(of: record.kind)
    var wanted = possible.filter { record[status: $0] == .failed }
    if let body = event.body, !body.isEmpty {
      guard let names = (try? JSON.decode([String: [String]?].self, from: body)) else {
        throw APIError(400, "The body must be JSON, and may name 'derivatives'.")
      }
      if let names = names["derivatives"] ?? nil {
        wanted = try names.map { name throws(APIError) in
          guard let derivative = Derivative(rawValue: name), possible.contains(derivative) else {
            throw APIError(400, "'\(name)' is not made of this file.")
          }
          return derivative
        }
      }
    }
    let again = Reprocessing(services: services)
    for derivative in wanted {
      switch derivative {
      case .imageProxy: try await again.imageProxy(of: file)
      case .thumbnail: try await again.poster(of: file)
      case .previews: try await again.previews(of: file)
      case .proxy: _ = try await derivatives.answer(event, "POST", .proxy, of: record, role: role, services: services)
      case .waveform:
        _ = try await derivatives.answer(event, "POST", .waveform, of: record, role: role, services: services)
      }
    }
    guard let queued = try await store.record(of: file) else { throw APIError.notFound }
    return try Self.json(queued, status: 202)
  }

  /// The record as server-sent events, each time that it changes, until nothing is under way; sent by the gateway.
  func events(_ file: FileIdentity, _ session: Session) async throws -> HTTPResult {
    let (record, _) = try await record(file, session)
    let records = try await derivatives.progressPrefix(of: record, services: services)
    let states = HTTPResult.DocumentStates(members: FileRecord.statusNames, recordsBucket: store.buckets.cache)
    return .reference(
      .events(bucket: store.buckets.library, key: file.recordKey, records: records, states: states),
      headers: [.init("cache-control", "no-store")])
  }
}

extension FileRecord {
  /// The members that say how far derivatives are.
  static let statusNames = Derivative.allCases.map(\.statusName) + ["momentsStatus"]
}
