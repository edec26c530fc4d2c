import AudioJobs
import Core
import FoundationEssentials
import LambdaEvents
import MediaJobs
import ObjectStore
import S3Protocol

/// Files that clients send to the store themselves, because a request of the platform could not carry them.
///
/// `POST /transcode/uploads` gives an address for one `PUT`; the requests that follow name the upload instead of bringing
/// a file. An upload stays for as long as a job is known, so that it may be used several times.
struct SentUploads: Sendable {
  /// Below it: an upload's identifier, and the file's name.
  static let root = "transcoding/uploads/"
  /// Seconds that the address is good for.
  private static let life = 3600

  private let store: S3Client
  private let bucket: String
  private let maximumUpload: Int

  /// - Returns: `nil` without a bucket, or with a store that takes nothing from clients.
  init?(services: JobServices, settings: TranscoderSettings) {
    guard let store = services.objects as? S3Client, let bucket = settings.bucket else { return nil }
    self.store = store
    self.bucket = bucket
    maximumUpload = settings.maximumUpload
  }

  private struct Announcement: Decodable {
    var name: String?
    /// Bytes.
    var size: Int?
  }

  private struct Answer: Encodable {
    var id: String
    /// For one `PUT` of the file's bytes.
    var url: String
    /// Seconds that the address is good for.
    var expiresIn: Int
  }

  /// - Throws: `TranscodeProblem` 400, 413; errors of the store.
  func begin(_ event: HTTPEvent) async throws -> HTTPResult {
    let body = event.body ?? []
    guard let announcement = try? JSON.decode(Announcement.self, from: body.isEmpty ? Array("{}".utf8) : body) else {
      throw TranscodeProblem(400, "the body must be JSON with 'name' and 'size', both optional")
    }
    if let size = announcement.size { try check(Int64(size)) }
    let id = RandomDigits.make()
    let origin = PresignedOrigin(isLocal: event.isLocal, through: event.requestContext.zoetrope?.store)
    let url = try await store.presignedPut(key(id, announcement.name), in: bucket, expires: Self.life, for: origin)
    var answer = try HTTPResult.json(Answer(id: id, url: url, expiresIn: Self.life), status: 201)
    answer.headers.append(.init("cache-control", "private, no-store"))
    return answer
  }

  /// The file that was sent to an address of `begin`.
  ///
  /// - Throws: `TranscodeProblem` 404, 413; errors of the store.
  func upload(_ id: String) async throws -> Upload {
    guard let job = TranscodeJob(id: id) else { throw Self.missing }
    let prefix = "\(Self.root)\(job.id)/"
    let page = try await store.list(bucket: bucket, prefix: prefix, startAfter: nil, delimiter: nil, limit: 1)
    guard let key = page.objects.first?.key else { throw Self.missing }
    let info = try await store.head(key, in: bucket)
    try check(info.size)
    if info.size == 0 { throw TranscodeProblem(400, "the upload is empty") }
    let name = String(key.dropFirst(prefix.count))
    return Upload(
      fileName: name == Self.unnamed ? nil : name, source: try store.open(key, in: bucket, info: info), sha256: nil)
  }

  private static let missing = TranscodeProblem(404, "there is no such upload: send the file to its address first")
  private static let unnamed = "-"

  private func check(_ size: Int64) throws(TranscodeProblem) {
    guard size <= Int64(maximumUpload) else {
      throw TranscodeProblem(413, "the upload has \(size) bytes; at most \(maximumUpload) are taken")
    }
  }

  /// Names come from outside, so only their last component counts, and only so much of it as a key has room for.
  private func key(_ id: String, _ name: String?) -> String {
    let last = (name ?? "").split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    let plain = String(last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }.map(Character.init))
    let short = plain.count > 120 ? String(plain.suffix(120)) : plain
    return "\(Self.root)\(id)/\(short.isEmpty || short == "." || short == ".." ? Self.unnamed : short)"
  }
}
