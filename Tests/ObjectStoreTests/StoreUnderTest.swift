import Foundation
import HTTPServer
import HTTPTransport
import LocalStorage
import Logging
import ObjectStore
import Core
import S3Server
import ServiceLifecycle
import SigV4
import Testing

/// The implementations that one conformance suite is run with.
enum StoreUnderTest: String, Sendable, CaseIterable {
  case folder
  /// The S3 client and a service.
  case s3
  /// The same below a prefix of the bucket, which has other objects too.
  case prefix

  /// Runs `body` with a store and a bucket that no other test uses.
  func run<Result>(_ body: (any ObjectStore, _ bucket: String) async throws -> Result) async throws -> Result {
    switch self {
    case .folder: return try await withFolder { store, _ in try await body(store, "my-bucket") }
    case .s3, .prefix:
      let service = try await TestS3.shared()
      let http = CurlTransport()
      defer { http.shutdown() }
      let client = S3Client(configuration: service.configuration, http: http)
      let bucket = "zt-" + RequestID.make()
      try await client.createBucket(bucket)
      guard self == .prefix else { return try await body(client, bucket) }
      var configuration = service.configuration
      configuration.keyPrefix = KeyPrefix("\(bucket)/some/prefix")
      for key in ["a", "some/pref", "some/prefix", "some/prefix0", "z"] {
        _ = try await client.put([1], as: key, in: bucket)
      }
      let result = try await body(S3Client(configuration: configuration, http: http), bucket)
      let foreign = try await client.listAll(bucket: bucket, prefix: "").map(\.key)
        .filter { !$0.utf8.starts(with: "some/prefix/".utf8) }
      #expect(foreign == ["a", "some/pref", "some/prefix", "some/prefix0", "z"])
      return result
    }
  }
}

/// An S3-compatible service for the tests of this process: the embedded store behind a socket, or the one that
/// `ZOETROPE_TEST_S3_ENDPOINT` names, with the usual AWS variables.
struct TestS3: Sendable {
  let configuration: S3Configuration

  static func shared() async throws -> TestS3 { try await start.value }

  private static let start = Task { try await TestS3() }
  /// Of the embedded store; goes with the process.
  private static let folder = FileManager.default.temporaryDirectory.path + "/object-store-tests-" + RequestID.make()

  private init() async throws {
    var environment = EnvironmentReader(ProcessInfo.processInfo.environment)
    if let endpoint = environment.optional("ZOETROPE_TEST_S3_ENDPOINT") {
      var configuration = S3Configuration(environment: &environment)
      configuration.endpoint = endpoint
      self.configuration = configuration
      return
    }
    let credentials = Credentials(accessKeyID: "test", secretAccessKey: "test-secret")
    configuration = S3Configuration(endpoint: try await Self.serve(credentials), credentials: credentials)
  }

  /// Starts the embedded store, which serves as long as this process lives.
  ///
  /// - Returns: its address.
  private static func serve(_ credentials: Credentials) async throws -> String {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: TestS3.folder) }
    let database = try LocalDatabase(
      path: folder + "/database.sqlite", migrations: FileObjectBackend.migrations, durability: .process)
    let s3 = S3Responder(
      backend: try FileObjectBackend(database: database, folder: folder + "/objects", durability: .process),
      verifier: SigV4Verifier { $0 == credentials.accessKeyID ? credentials : nil },
      configuration: S3ServerConfiguration(), presignedV2Secret: { _ in nil })
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let (addresses, continuation) = AsyncStream.makeStream(of: String.self)
    let service = HTTPListener.service(
      host: "127.0.0.1", port: 0,
      responder: EndpointResponder { request, context in await s3.respond(to: request, context: context) },
      logger: logger, onListening: { continuation.yield($0) })
    Task {
      try await ServiceGroup(configuration: .init(services: [service], logger: logger)).run()
    }
    for await address in addresses { return address }
    throw CancellationError()
  }
}
