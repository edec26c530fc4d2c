package import HTTPTransport
import Core

/// Fetches from hosts on a list only, and from public addresses only. Each redirect is looked at like the first address;
/// the connection goes to the very address that was checked.
///
/// Calls block: for threads of one's own.
package final class RemoteFetcher: Sendable {
  package struct Configuration: Sendable {
    /// Hops after the first request. Default 5.
    package var maximumRedirects = 5
    /// Seconds until a connection stands. Default 10.
    package var connectSeconds = 10.0
    /// Seconds without a byte. Default 15.
    package var stallSeconds = 15.0
    /// Bytes that are held between the network and the reader. Default 256 KiB.
    package var bufferBytes = 256 << 10
    /// Whether `http` is for listed addresses only. Default: false.
    package var requiresTLS = false

    package init() {}
  }

  /// Addresses of one host that are tried in turn.
  private static let maximumAddresses = 4

  private let http: any HTTPClient
  private let hosts: HostList
  private let resolver: any NameResolver
  private let configuration: Configuration

  package init(
    http: any HTTPClient, hosts: HostList, resolver: any NameResolver = SystemResolver(),
    configuration: Configuration = Configuration()
  ) {
    self.http = http
    self.hosts = hosts
    self.resolver = resolver
    self.configuration = configuration
  }

  /// - Throws: `RemoteFetchError` `HostNotAllowed`; no name is looked up.
  package func checkHost(of url: RemoteURL) throws(RemoteFetchError) { try hosts.check(url) }

  /// Sends a GET and follows redirects.
  ///
  /// - Parameter headers: such as `Range`.
  /// - Returns: the final answer, whatever its status.
  /// - Throws: `RemoteFetchError`.
  package func open(
    _ url: RemoteURL, headers: [(String, String)] = [], budget: RemoteBudget
  ) throws(RemoteFetchError) -> RemoteResponse {
    var url = url
    for _ in 0...configuration.maximumRedirects {
      let response = try request(url, headers, budget)
      guard [301, 302, 303, 307, 308].contains(response.status) else { return response }
      response.cancel()
      guard let location = response.headers["location"] else {
        throw RemoteFetchError(.sourceFailed, "\(url.subject) redirects to nowhere")
      }
      let next = try url.resolving(location)
      if url.scheme == "https", next.scheme != "https" {
        throw RemoteFetchError(.invalidURL, "\(url.subject) redirects from https to http, which is not followed")
      }
      url = next
    }
    throw RemoteFetchError(
      .tooManyRedirects, "the source redirects more than \(configuration.maximumRedirects) times")
  }

  /// The whole body of a small answer.
  ///
  /// - Parameter limit: bytes.
  /// - Returns: where it was found, and what.
  /// - Throws: `RemoteFetchError`; also for any status but 200.
  package func body(
    of url: RemoteURL, headers: [(String, String)] = [], limit: Int, budget: RemoteBudget
  ) throws(RemoteFetchError) -> (url: RemoteURL, bytes: [UInt8]) {
    let response = try open(url, headers: headers, budget: budget)
    defer { response.cancel() }
    guard response.status == 200 else { throw response.failure }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 32 << 10)
    while true {
      let count: Int
      do {
        count = try piece.withUnsafeMutableBytes { try response.read(into: $0) }
      } catch let error as RemoteFetchError {
        throw error
      } catch {
        throw RemoteFetchError(.sourceFailed, "\(error)")
      }
      if count == 0 { return (response.url, bytes) }
      guard bytes.count + count <= limit else {
        throw RemoteFetchError(.tooLarge, "\(response.url.subject) is longer than the \(limit) bytes allowed")
      }
      bytes += piece[..<count]
    }
  }

  /// Sends a request once, with its body. Redirects are answers like any other.
  ///
  /// - Parameter limit: bytes of the answer that are read. What follows is dropped.
  /// - Returns: the answer, whatever its status.
  /// - Throws: `RemoteFetchError`.
  package func send(
    _ method: String, _ url: RemoteURL, headers: [(String, String)], body: [UInt8], limit: Int, budget: RemoteBudget
  ) throws(RemoteFetchError) -> HTTPResponse {
    let response = try request(url, headers, budget, method: method, body: body)
    defer { response.cancel() }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: max(1, limit))
    while bytes.count < limit {
      // The status is the answer. A body that breaks off does not take it back.
      guard let count = try? piece.withUnsafeMutableBytes({ try response.read(into: $0) }), count > 0 else { break }
      bytes += piece[..<min(count, limit - bytes.count)]
    }
    return HTTPResponse(status: response.status, headers: response.headers, body: bytes)
  }

  // MARK: One hop

  private func request(
    _ url: RemoteURL, _ headers: [(String, String)], _ budget: RemoteBudget, method: String = "GET",
    body: [UInt8] = []
  ) throws(RemoteFetchError) -> RemoteResponse {
    let addresses = try checkedAddresses(of: url)
    var failure = RemoteFetchError(.sourceFailed, "the host '\(url.host)' has no address")
    for address in addresses.prefix(Self.maximumAddresses) {
      let left = budget.timeLeft
      guard left > .zero else { throw budget.tooSlow() }
      var request = HTTPRequest(method: method, url: url.description, body: body)
      for (name, value) in headers { request.headers.add(name, value) }
      request.headers.add("Accept-Encoding", "identity")
      request.connectAddress = address.description
      request.connectTimeout = .seconds(configuration.connectSeconds)
      request.stallTimeout = .seconds(configuration.stallSeconds)
      request.totalTimeout = left
      do {
        let stream = try http.open(request, bufferLimit: configuration.bufferBytes)
        let (status, headers) = try stream.response()
        if let encoding = headers["content-encoding"], encoding.lowercased() != "identity" {
          stream.cancel()
          throw RemoteFetchError(.sourceFailed, "\(url.subject) comes as '\(encoding)', which was not asked for")
        }
        return RemoteResponse(url: url, status: status, headers: headers, stream: stream, budget: budget)
      } catch let error as TransportError {
        failure = RemoteResponse.failure(error, url, budget)
        // Another address of the same host may answer.
        guard !error.wasSent, error.isRetryable else { throw failure }
      } catch let error as RemoteFetchError {
        throw error
      } catch {
        throw RemoteFetchError(.sourceFailed, "\(url.subject): \(error)")
      }
    }
    throw failure
  }

  /// Refused where a single one of the host's addresses is: which of them a connection takes would be chance.
  private func checkedAddresses(of url: RemoteURL) throws(RemoteFetchError) -> [RemoteAddress] {
    try hosts.check(url)
    let addresses: [RemoteAddress]
    if let address = RemoteAddress(url.host) {
      addresses = [address]
    } else {
      addresses = try resolver.addresses(of: url.host)
    }
    for address in addresses {
      try hosts.check(address, of: url)
      if configuration.requiresTLS, url.scheme == "http" { try hosts.checkListed(address, of: url) }
    }
    return addresses
  }
}
