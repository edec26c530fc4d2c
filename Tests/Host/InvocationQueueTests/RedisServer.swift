import Foundation
import RedisClient
import Core

/// A Redis server of a test's own on a free port of the loopback; may be killed and started again with what it had.
///
/// It ends by itself after five minutes, whatever becomes of the test.
final class RedisServer {
  private(set) var address = RedisAddress(host: "127.0.0.1")
  private let folder: String
  private var process: Process?

  struct CannotStart: Error, CustomStringConvertible {
    let description: String
  }

  /// - Parameter isEncrypted: whether it speaks TLS alone, asks for a certificate and has a password.
  init(isEncrypted: Bool = false) throws {
    folder = "/tmp/zoetrope-redis-\(RequestID.make())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    if isEncrypted {
      let certificate = try makeCertificate()
      address.password = "p@ss word"
      address.tls = .init(authorities: certificate, certificate: certificate, key: "\(folder)/key.pem")
    }
    // Between finding a free port and using it another process may take it.
    var lastError: (any Error)?
    for _ in 1...5 {
      address.port = try Self.freePort()
      do {
        try start()
        return
      } catch {
        lastError = error
      }
    }
    throw lastError ?? CannotStart(description: "no port")
  }

  func start() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    var ports = ["--port", "\(address.port)"]
    if let tls = address.tls {
      ports = ["--port", "0", "--tls-port", "\(address.port)", "--tls-auth-clients", "yes"]
      ports += ["--tls-cert-file", tls.certificate ?? "", "--tls-key-file", tls.key ?? ""]
      ports += ["--tls-ca-cert-file", tls.authorities ?? "", "--requirepass", address.password ?? ""]
    }
    process.arguments =
      ["300", "redis-server", "--bind", "127.0.0.1", "--dir", folder] + ports
      + ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process = process
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      guard process.isRunning else { throw CannotStart(description: "redis-server ended; is it installed?") }
      do {
        _ = try RedisConnection(address, timeout: .seconds(5))
        return
      } catch {
        // LOADING is an answer to PING as well.
        if ContinuousClock.now > deadline { throw error }
        usleep(20_000)
      }
    }
  }

  /// For 127.0.0.1, signed by itself. Returns its path.
  private func makeCertificate() throws -> String {
    let path = "\(folder)/certificate.pem"
    let maker = Process()
    maker.executableURL = URL(filePath: "/usr/bin/openssl")
    maker.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
      "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "\(folder)/key.pem", "-out", path,
    ]
    maker.standardOutput = FileHandle.nullDevice
    maker.standardError = FileHandle.nullDevice
    try maker.run()
    maker.waitUntilExit()
    guard maker.terminationStatus == 0 else { throw CannotStart(description: "openssl makes no certificate") }
    return path
  }

  /// As a power cut would.
  func kill() {
    guard let process, process.isRunning else { return }
    // `timeout` passes every signal on but this one.
    let id = process.processIdentifier
    if let server = try? String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8),
      let pid = Int32(server.trimmingCharacters(in: .whitespaces))
    {
      Foundation.kill(pid, SIGKILL)
    }
    process.waitUntilExit()
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(atPath: folder)
  }

  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
      }
    }
    guard status == 0 else { throw CannotStart(description: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
