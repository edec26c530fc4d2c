import LocalStorage
import Encodings
import ArgumentParser
import FoundationEssentials
import HTTPTransport
import LocalRuntime
import Core
import SigV4

/// Where a running endpoint's administration port is, for commands that look after it.
struct ConsoleOptions: ParsableArguments {
  @Option(help: "Address of the administration port (default: that of the data folder's runtime, or the local one).")
  var console: String?

  @OptionGroup var folder: DataFolderOptions

  func client() -> ConsoleClient {
    let environment = EnvironmentReader(ProcessEnvironment.variables)
    return ConsoleClient(
      address: console ?? folder.addresses?.admin ?? LocalDefaults.console,
      token: environment.optional("ZOETROPE_ADMIN_TOKEN"), http: CurlTransport())
  }
}

/// The administration API as calls.
struct ConsoleClient {
  let address: String
  let token: String?
  let http: CurlTransport

  /// - Throws: `CommandError` where nothing answers or the answer is an error.
  func call<Answer: Decodable>(
    _ method: String = "GET", _ path: String, _ query: [(String, String)] = [], as type: Answer.Type = Answer.self
  ) async throws -> Answer {
    let text = query.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
    var request = HTTPRequest(method: method, url: address + path + (text.isEmpty ? "" : "?\(text)"))
    if let token { request.headers.add("authorization", "Bearer \(token)") }
    request.stallTimeout = .seconds(60)  // a call may wait for log lines
    let response: HTTPResponse
    do {
      response = try await http.send(request)
    } catch let error as TransportError {
      throw CommandError("nothing answers at \(address) (\(error.message)); is 'zoetrope up' running?")
    }
    guard response.status == 200 else {
      throw CommandError(
        "\(address)\(path) answered \(response.status): \(String(decoding: response.body, as: UTF8.self))")
    }
    return try JSON.decode(from: response.body)
  }
}
