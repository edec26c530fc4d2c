import Terminals
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
  @Option(
    help: """
      Address of the runtime's S3 port, which knows its administration port (default: ZOETROPE_ENDPOINT, or that of the \
      data folder's runtime).
      """)
  var endpoint: String?

  @Option(help: "Address of the administration port, if it is not where the runtime says (behind a proxy).")
  var console: String?

  @OptionGroup var folder: DataFolderOptions

  /// - Throws: `CommandError` if the named endpoint does not say where its administration port is.
  func client() async throws -> ConsoleClient {
    let http = CurlTransport()
    let token = EnvironmentReader(ProcessEnvironment.variables).optional("ZOETROPE_ADMIN_TOKEN")
    return ConsoleClient(address: try await address(http), token: token, http: http)
  }

  private func address(_ http: CurlTransport) async throws -> String {
    if let console { return console }
    guard let named = try EndpointAddress.named(endpoint) else {
      return folder.addresses?.admin ?? LocalDefaults.console
    }
    guard let found = await EndpointAddress.administration(of: named, folder: folder, http: http) else {
      throw CommandError(
        "no runtime answers at \(named); is 'zoetrope up' running there? --console names an administration port by itself"
      )
    }
    return found
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
        "\(address)\(path) answered \(response.status): \(Self.shown(response.body))")
    }
    do {
      return try JSON.decode(from: response.body)
    } catch {
      throw CommandError("\(address) is no administration port: its answer to \(path) cannot be read")
    }
  }

  /// The message of an error, or the beginning of what was answered instead.
  private static func shown(_ body: [UInt8]) -> String {
    let answer = try? JSON.decode(JSONValue.self, from: body)
    let text =
      answer?["error"]?["message"]?.stringValue ?? answer?["message"]?.stringValue
      ?? String(decoding: body.prefix(300), as: UTF8.self)
    return PlainText.line(text)
  }
}
