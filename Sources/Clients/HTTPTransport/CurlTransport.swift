import Core

/// HTTP over libcurl: one thread of its own carries all transfers, connections are kept alive and shared by them.
///
/// The thread starts with the first request. Redirects are not followed, environment variables (`http_proxy` …) are not
/// read, HTTP/2 is used where TLS offers it, streams always use HTTP/1.1.
package final class CurlTransport: HTTPClient {
  package struct Configuration: Sendable {
    /// Transfers to one scheme, host and port at a time; further ones wait. Default 64.
    package var maximumConnectionsPerHost = 64
    /// Kept-alive connections altogether. Default 64.
    package var maximumIdleConnections = 64
    /// The most that a response's header fields may take together, in bytes. Default 64 KiB.
    package var maximumHeaderBytes = 64 << 10
    /// `http://host:port` of a proxy. Default `nil`: connect directly.
    package var proxy: String? = nil
    /// A PEM file of trusted certificate authorities. Default `nil`: those of the system.
    package var certificateAuthorities: String? = nil
    /// A folder of trusted certificate authorities, under the names by which OpenSSL looks for them, in place of the
    /// system's. Default `nil`.
    package var certificateFolder: String? = nil
    /// Default `zoetrope`.
    package var userAgent = "zoetrope"

    package init() {}

    /// For functions: `SSL_CERT_DIR` names the folder of certificates, as for OpenSSL's own programs.
    package init(environment: [String: String]) {
      certificateFolder = environment["SSL_CERT_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    }
  }

  private let driver: CurlDriver
  private let configuration: Configuration

  package init(configuration: Configuration = .init()) {
    self.configuration = configuration
    driver = CurlDriver(configuration: configuration)
  }

  deinit {
    driver.stop()
  }

  package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let receiver = ResponseCollector(for: request, continuation: continuation)
        do throws(TransportError) {
          let transfer = try Transfer(request, streams: false, configuration: configuration, receiver: receiver)
          try driver.submit(transfer)
          cancellation.arm { [driver] in driver.cancel(transfer) }
        } catch {
          receiver.end(error)
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  package func open(_ request: HTTPRequest, bufferLimit: Int) throws -> any HTTPBodyStream {
    let pipe = BodyPipe(limit: bufferLimit)
    let transfer = try Transfer(request, streams: true, configuration: configuration, receiver: pipe)
    try driver.submit(transfer)
    return CurlBodyStream(transfer, pipe: pipe, driver: driver)
  }

  package func exchange(_ request: HTTPRequest, body: ExchangeBody, bufferLimit: Int) throws -> any HTTPExchange {
    let pipe = ExchangePipe(limit: bufferLimit)
    let transfer = try Transfer(
      request, streams: true, configuration: configuration, receiver: pipe, body: body, source: pipe)
    try driver.submit(transfer)
    return CurlExchange(transfer, pipe: pipe, driver: driver)
  }

  /// Fails what is under way with `TransportShutDown`, closes all connections and ends the thread; later requests fail
  /// the same way. Returns once the thread has ended.
  package func shutdown() {
    driver.stop()
  }
}
