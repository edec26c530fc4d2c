import CTLS
import Glibc

/// TLS over a connected socket; every call blocks, for as long as the socket's own time-outs allow.
final class RedisTLS {
  struct Failure: Error {
    let reason: String
  }

  private let context: OpaquePointer
  private let session: OpaquePointer

  /// Shakes hands, and verifies the server's certificate for its host.
  ///
  /// - Parameters:
  ///   - descriptor: of a connected socket, which stays the caller's.
  ///   - host: a name or an IP address.
  /// - Throws: `Failure`.
  init(_ settings: RedisAddress.TLS, descriptor: Int32, host: String) throws(Failure) {
    ERR_clear_error()
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw Self.failure("no TLS") }
    do throws(Failure) {
      try Self.configure(context, settings)
      guard let session = SSL_new(context) else { throw Self.failure("no TLS session") }
      self.context = context
      self.session = session
    } catch {
      SSL_CTX_free(context)
      throw error
    }
    // From here on, `deinit` frees both.
    let isNamed = zt_tls_expect_address(session, host) != 1
    if isNamed {
      ERR_clear_error()
      zt_tls_set_name(session, host)
      SSL_set1_host(session, host)
    }
    SSL_set_fd(session, descriptor)
    guard SSL_connect(session) == 1 else {
      let verified = SSL_get_verify_result(session)
      guard verified == Int(X509_V_OK) else {
        let reason = String(cString: X509_verify_cert_error_string(verified))
        throw Failure(reason: "its certificate is not trusted: \(reason)")
      }
      throw Self.failure("the TLS handshake failed")
    }
  }

  deinit {
    SSL_free(session)
    SSL_CTX_free(context)
  }

  private static func configure(_ context: OpaquePointer, _ settings: RedisAddress.TLS) throws(Failure) {
    _ = zt_tls_set_minimum_version(context, TLS1_2_VERSION)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    if let file = settings.authorities {
      guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
        throw failure("cannot read the authorities in '\(file)'")
      }
    } else {
      // Those of the system, or of SSL_CERT_FILE.
      guard SSL_CTX_set_default_verify_paths(context) == 1 else {
        throw failure("cannot read the system's authorities")
      }
    }
    guard let certificate = settings.certificate else { return }
    guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
      throw failure("cannot read the certificate in '\(certificate)'")
    }
    let key = settings.key ?? certificate
    guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1, SSL_CTX_check_private_key(context) == 1
    else { throw failure("cannot use the key in '\(key)'") }
  }

  /// - Throws: `Failure`.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var rest = bytes
    while !rest.isEmpty {
      ERR_clear_error()
      let count = SSL_write(session, rest.baseAddress, Int32(min(rest.count, 1 << 30)))
      guard count > 0 else { throw ended(count) }
      rest = UnsafeRawBufferPointer(rebasing: rest[Int(count)...])
    }
  }

  /// Blocks until there is something.
  ///
  /// - Returns: at least 1.
  /// - Throws: `Failure`, also at the end of the connection.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    ERR_clear_error()
    let count = SSL_read(session, buffer.baseAddress, Int32(min(buffer.count, 1 << 30)))
    guard count > 0 else { throw ended(count) }
    return Int(count)
  }

  private func ended(_ count: Int32) -> Failure {
    let number = errno
    switch SSL_get_error(session, count) {
    case SSL_ERROR_ZERO_RETURN: return Failure(reason: "Server closed the connection")
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return Failure(reason: "no answer in time")
    case SSL_ERROR_SYSCALL where number != 0: return Failure(reason: String(cString: strerror(number)))
    default: return Self.failure("the TLS connection broke")
    }
  }

  /// With what the library says.
  private static func failure(_ what: String) -> Failure {
    let code = ERR_get_error()
    guard code != 0, let reason = ERR_reason_error_string(code) else { return Failure(reason: what) }
    return Failure(reason: "\(what): \(String(cString: reason))")
  }
}
