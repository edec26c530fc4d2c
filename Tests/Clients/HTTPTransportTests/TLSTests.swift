import Foundation
import HTTPTransport
import LoopbackServer
import Testing

/// `openssl s_server` with a certificate of its own for 127.0.0.1.
private final class TLSServer {
  static let isAvailable = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

  let url: String
  let certificate: String
  private let folder: URL
  private let process: Process

  init() async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    certificate = folder.appending(path: "cert.pem").path
    let key = folder.appending(path: "key.pem").path
    let maker = Self.openssl([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
      "/CN=test",
      "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
    ])
    // Not waitUntilExit: it runs a run loop, on which a pool's thread may wait without end.
    let isMade = Gate()
    maker.terminationHandler = { _ in isMade.open() }
    try maker.run()
    await isMade.opened()

    // A port that was free a moment ago.
    let reserved = try LoopbackServer { _ in [] }
    let port = reserved.port
    reserved.stop()
    url = "https://127.0.0.1:\(port)/"
    process = Self.openssl(["s_server", "-accept", "127.0.0.1:\(port)", "-www", "-cert", certificate, "-key", key])
    try process.run()
  }

  deinit {
    process.terminate()
    try? FileManager.default.removeItem(at: folder)
  }

  /// The name by which OpenSSL looks for the certificate in a folder.
  func certificateHash() async throws -> String {
    let process = Self.openssl(["x509", "-noout", "-hash", "-in", certificate])
    let pipe = Pipe()
    process.standardOutput = pipe
    let isDone = Gate()
    process.terminationHandler = { _ in isDone.open() }
    try process.run()
    await isDone.opened()
    return String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func openssl(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    return process
  }

  /// The answer, or the first failure other than that the server is not up yet.
  func send(_ http: CurlTransport, attempts: Int = 400) async -> Result<HTTPResponse, any Error> {
    for _ in 0..<attempts where process.isRunning {
      do {
        return .success(try await http.send(HTTPRequest(url: url)))
      } catch let error as TransportError where error.kind == .connectionRefused {
        try? await Task.sleep(for: .milliseconds(20))
      } catch {
        return .failure(error)
      }
    }
    return .failure(TransportError(.connectionRefused, "the test's TLS server did not start"))
  }
}

@Suite("TLS", .enabled(if: TLSServer.isAvailable, "there is no /usr/bin/openssl"))
struct TLSTests {
  @Test("a certificate of an unknown authority is refused finally, one of a known authority is not")
  func verification() async throws {
    let server = try await TLSServer()
    let stranger = CurlTransport()
    defer { stranger.shutdown() }
    let refused = await transportError { _ = try await server.send(stranger).get() }
    #expect(refused?.kind == .tlsVerificationFailed)
    #expect(refused?.isRetryable == false)
    #expect(refused?.wasSent == false)

    var configuration = CurlTransport.Configuration()
    configuration.certificateAuthorities = server.certificate
    let friend = CurlTransport(configuration: configuration)
    defer { friend.shutdown() }
    let response = try await server.send(friend).get()
    #expect(response.status == 200)
  }

  @Test("a folder of authorities takes the system's place")
  func folder() async throws {
    let server = try await TLSServer()
    let folder = FileManager.default.temporaryDirectory.appending(path: "authorities-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let http = CurlTransport(configuration: .init(environment: ["SSL_CERT_DIR": folder.path]))
    defer { http.shutdown() }
    let refused = await transportError { _ = try await server.send(http).get() }
    #expect(refused?.kind == .tlsVerificationFailed)

    try FileManager.default.copyItem(
      atPath: server.certificate, toPath: folder.appending(path: "\(try await server.certificateHash()).0").path)
    let friend = CurlTransport(configuration: .init(environment: ["SSL_CERT_DIR": folder.path]))
    defer { friend.shutdown() }
    #expect(try await server.send(friend).get().status == 200)
  }

  @Test("a file of authorities that is not there is told")
  func missingAuthorities() async throws {
    let server = try await TLSServer()
    var configuration = CurlTransport.Configuration()
    configuration.certificateAuthorities = "/nonexistent/authorities.pem"
    let http = CurlTransport(configuration: configuration)
    defer { http.shutdown() }
    let error = await transportError { _ = try await server.send(http).get() }
    #expect(error?.kind == .tlsVerificationFailed)
  }
}
