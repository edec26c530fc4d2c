import Foundation
import HTTPTransport
import LoopbackServer
import ObjectStore
import Core
import SigV4
import Testing

/// The implementations that one conformance suite is run with.
enum StoreUnderTest: String, Sendable, CaseIterable {
  case folder
  /// `ZOETROPE_TEST_S3_ENDPOINT` with the usual AWS variables, or else a `moto_server` of our own.
  case s3
  /// The same below a prefix of the bucket, which has other objects too.
  case prefix

  static let available: [StoreUnderTest] = TestS3.shared == nil ? [.folder] : [.folder, .s3, .prefix]

  /// Runs `body` with a store and a bucket that nobody else uses.
  func run<Result>(_ body: (any ObjectStore, _ bucket: String) async throws -> Result) async throws -> Result {
    switch self {
    case .folder: return try await withFolder { store, _ in try await body(store, "my-bucket") }
    case .s3, .prefix:
      let service = try #require(TestS3.shared)
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

/// An S3-compatible service for the tests of this process.
final class TestS3: Sendable {
  static let missing = "set ZOETROPE_TEST_S3_ENDPOINT or install moto (pip install 'moto[server]')"
  static let shared = TestS3()

  let configuration: S3Configuration
  /// Whether it is our own `moto_server`, which knows no conditional writes with `If-Match`.
  let isMoto: Bool

  private init?() {
    var environment = EnvironmentReader(ProcessInfo.processInfo.environment)
    if let endpoint = environment.optional("ZOETROPE_TEST_S3_ENDPOINT") {
      var configuration = S3Configuration(environment: &environment)
      configuration.endpoint = endpoint
      self.configuration = configuration
      isMoto = false
    } else {
      guard let endpoint = Self.startMoto() else { return nil }
      configuration = S3Configuration(
        endpoint: endpoint, credentials: Credentials(accessKeyID: "test", secretAccessKey: "test"))
      isMoto = true
    }
  }

  /// Ends with this process, however that ends: the server watches its standard input.
  private static let program = """
    import os, sys, threading
    from moto.server import main
    def watch():
        sys.stdin.read()
        os._exit(0)
    threading.Thread(target=watch, daemon=True).start()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
    """

  private static func startMoto() -> String? {
    // A port that was free a moment ago.
    guard let reserved = try? LoopbackServer({ _ in [] }) else { return nil }
    let port = reserved.port
    reserved.stop()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program, "\(port)"]
    process.standardInput = keepAlive
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let endpoint = "http://127.0.0.1:\(port)"
    let http = CurlTransport()
    defer { http.shutdown() }
    // Without tasks, as the pool's threads may all be waiting for this. About twenty seconds on a busy machine; over at
    // once where there is no moto.
    for _ in 0..<400 where process.isRunning {
      let request = HTTPRequest(url: endpoint + "/moto-api/")
      if (try? http.open(request, bufferLimit: 0).response()) != nil { return endpoint }
      usleep(50_000)
    }
    return nil
  }

  /// Its writing end closes when this process ends.
  private static let keepAlive = Pipe()
}
