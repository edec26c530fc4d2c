import LocalStorage
import Encodings
import HTTPServer
import FoundationEssentials
import GRDB
import HTTPTransport
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Core
import S3Protocol
import S3Server
import S3Storage
import ServiceLifecycle
import SigV4
import Synchronization

/// A folder that goes when the test is over.
final class ScratchFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/zoetrope-store-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// All files below, relative.
  func files(under folder: String = "") -> [String] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: path + "/" + folder)) ?? []
    return names.filter { name in
      var isFolder = false
      _ = FileManager.default.fileExists(atPath: "\(path)/\(folder)/\(name)", isDirectory: &isFolder)
      return !isFolder
    }
  }
}

/// A store in a scratch folder, and the changes it announced.
struct Store {
  let folder: ScratchFolder
  let database: LocalDatabase
  let backend: FileObjectBackend
  let changes: Changes
  /// Of one thread, so that what was given to it earlier is done when something given later is.
  private let threadPool = NIOThreadPool(numberOfThreads: 1)

  final class Changes: Sendable {
    private let list = Mutex<[ObjectChange]>([])
    var all: [ObjectChange] { list.withLock { $0 } }
    func append(_ change: ObjectChange) { list.withLock { $0.append(change) } }
  }

  /// - Parameter hook: called after the change was noted.
  init(
    in folder: ScratchFolder? = nil, durability: LocalDatabase.Durability = .process,
    hook: @escaping ObjectCommitHook = { _, _ in }
  ) throws {
    let folder = try folder ?? ScratchFolder()
    let changes = Changes()
    self.folder = folder
    self.changes = changes
    database = try LocalDatabase(
      path: folder.path + "/database.sqlite", migrations: FileObjectBackend.migrations, durability: durability)
    threadPool.start()
    backend = try FileObjectBackend(
      database: database, folder: folder.path + "/store", durability: durability, threadPool: threadPool,
      hooks: [
        { _, change in changes.append(change) }, hook,
      ])
  }

  /// Waits until so many files are left, or gives up after ten seconds: the last reader, be it a thread that has just
  /// answered, removes what is not read any more, and announces nothing.
  func settle(files count: Int) async throws {
    for _ in 0..<1000 where files.count != count { try await Task.sleep(for: .milliseconds(10)) }
  }

  /// The files that hold objects and parts.
  var files: [String] { folder.files(under: "store/objects") }
}

/// A store behind a live socket, and a client that signs.
struct StoreServer: Sendable {
  static let credentials = Credentials(accessKeyID: "test", secretAccessKey: "test-secret", sessionToken: nil)

  let port: Int
  let store: Store
  private let http: CurlTransport

  static func with<Value>(
    in folder: ScratchFolder? = nil, durability: LocalDatabase.Durability = .process,
    configuration: S3ServerConfiguration = .init(minimumPartSize: 16), held: (any HeldFiles)? = nil,
    hook: @escaping ObjectCommitHook = { _, _ in },
    _ body: (StoreServer) async throws -> Value
  ) async throws -> Value {
    let store = try Store(in: folder, durability: durability, hook: hook)
    let s3 = S3Responder(
      backend: store.backend, verifier: SigV4Verifier { $0 == credentials.accessKeyID ? credentials : nil },
      configuration: configuration,
      presignedV2Secret: { $0 == credentials.accessKeyID ? credentials : nil }, held: held)
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      responder: EndpointResponder { request, context in await s3.respond(to: request, context: context) },
      server: EndpointChannel.server(),
      configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) },
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    // Ended gracefully, as the runtime ends it: cancelled while a connection is accepted, NIO would trap.
    let group = ServiceGroup(configuration: .init(services: [application], logger: application.logger))
    let running = Task { try await group.run() }
    var iterator = ports.makeAsyncIterator()
    let server = StoreServer(port: await iterator.next() ?? 0, store: store, http: CurlTransport())
    let result: Result<Value, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    server.http.shutdown()
    await group.triggerGracefulShutdown()
    _ = await running.result
    // Not only when the last one lets go of it: that may be a thread that has just answered.
    try store.database.close()
    return try result.get()
  }

  private init(port: Int, store: Store, http: CurlTransport) {
    self.port = port
    self.store = store
    self.http = http
  }

  var host: String { "127.0.0.1:\(port)" }

  /// The headers that sign a request.
  func signed(
    _ method: String, _ path: String, query: [(name: String, value: String?)] = [],
    headers: [(name: String, value: String)] = [], payload: PayloadHash = .unsigned, at time: Date = Date(),
    with credentials: Credentials = Self.credentials
  ) -> [(name: String, value: String)] {
    let headers = [("host", host)] + headers
    let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: "s3")
    let request = SignableRequest(method: method, path: path, query: query, headers: headers)
    return headers + signer.headers(for: request, payload: payload, at: time)
  }

  /// Sends a signed request.
  ///
  /// - Parameter key: as it is, not encoded; nil for the bucket.
  func send(
    _ method: String, _ bucket: String = "", _ key: String? = nil, query: [(name: String, value: String?)] = [],
    headers: [(name: String, value: String)] = [], body: [UInt8] = [], payload: PayloadHash? = nil
  ) async throws -> HTTPTransport.HTTPResponse {
    let path = "/" + bucket + (key.map { "/" + PercentEncoding.encode($0, keepSlash: true) } ?? "")
    let all = signed(method, path, query: query, headers: headers, payload: payload ?? .of(body))
    return try await raw(method, path, query: query, headers: all, body: body)
  }

  /// Sends a request as it is.
  func raw(
    _ method: String, _ path: String, query: [(name: String, value: String?)] = [],
    headers: [(name: String, value: String)] = [], body: [UInt8] = []
  ) async throws -> HTTPTransport.HTTPResponse {
    let text = QueryString.canonical(query)
    var request = HTTPTransport.HTTPRequest(
      method: method, url: "http://\(host)\(path)\(text.isEmpty ? "" : "?" + text)",
      headers: HTTPHeaders(headers.filter { $0.name != "host" }.map { ($0.name, $0.value) }), body: body)
    request.stallTimeout = .seconds(120)
    return try await http.send(request)
  }

  /// A bucket to work in.
  func makeBucket(_ name: String = "bucket") async throws {
    _ = try await store.backend.createBucket(name, at: Date())
  }
}

extension HTTPTransport.HTTPResponse {
  /// The code of an S3 error, empty where the body is none.
  var errorCode: String { (try? XMLNode.parse(body))?.text(of: "Code") ?? "" }

  var text: String { String(decoding: body, as: UTF8.self) }
}
