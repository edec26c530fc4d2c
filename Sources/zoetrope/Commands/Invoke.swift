import Terminals
import Encodings
import AWSCredentials
import ArgumentParser
import Checksums
import FoundationEssentials
import HTTPTransport
import ObjectStore
import Core
import SigV4

/// Calls a function of a running endpoint with one event.
struct Invoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Invoke a function of a running endpoint with an event.",
    discussion: "Prints the function's result to standard output. Exit code 1 where the function failed.")

  @OptionGroup var endpoint: EndpointOptions

  @Argument(help: "The function's name.")
  var function: String

  @Option(help: "File that holds the event as JSON; '-' reads standard input.", completion: .file())
  var event: String

  @Flag(name: .customLong("async"), help: "Queue the invocation and do not wait for its result.")
  var isAsynchronous = false

  @Flag(help: "Print the end of the function's log to standard error.")
  var log = false

  func run() async throws {
    let client = try endpoint.client()
    defer { client.http.shutdown() }
    let payload = try Self.read(event)
    let path = "/2015-03-31/functions/\(PercentEncoding.encode(function))/invocations"
    var request = HTTPRequest(method: "POST", url: client.endpoint + path)
    request.body = payload
    request.stallTimeout = .seconds(910)  // the longest time-out a function can have, and a little
    let host = client.endpoint.split(separator: "/", maxSplits: 1).last?.drop(while: { $0 == "/" }) ?? ""
    let headers = [
      ("host", String(host.prefix { $0 != "/" })), ("content-type", "application/json"),
      ("x-amz-invocation-type", isAsynchronous ? "Event" : "RequestResponse"),
      ("x-amz-log-type", log ? "Tail" : "None"),
    ]
    let credentials = try await client.configuration.credentials.credentials(at: Date())
    let signed = SigV4Signer(credentials: credentials, region: client.configuration.region, service: "lambda").headers(
      for: SignableRequest(method: "POST", path: path, query: [], headers: headers.map { (name: $0.0, value: $0.1) }),
      payload: .of(payload), at: Date())
    for (name, value) in headers.dropFirst() + signed.map({ ($0.name, $0.value) }) { request.headers.add(name, value) }
    let response = try await client.http.send(request)
    if let tail = response.headers["x-amz-log-result"], let text = Base64.decode(tail) {
      Terminal.write(String(decoding: text, as: UTF8.self), to: 2)
    }
    guard (200..<300).contains(response.status) else {
      let answer = try? JSON.decode(JSONValue.self, from: response.body)
      let message = (answer?["Message"] ?? answer?["message"])?.stringValue
      throw CommandError(
        "invoking '\(function)' was refused with status \(response.status): \(message ?? "no reason given")")
    }
    if !response.body.isEmpty { Terminal.result(String(decoding: response.body, as: UTF8.self)) }
    if let failure = response.headers["x-amz-function-error"] {
      Terminal.write("zoetrope: the function failed (\(failure))\n", to: 2)
      throw ExitCodes.failed
    }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    let data: Data?
    if path == "-" {
      data = try StandardInput.read(limit: 6 << 20)
    } else {
      data = try? Data(contentsOf: URL(filePath: path))
    }
    guard let data else { throw CommandError("cannot read the event from '\(path)'") }
    do {
      _ = try JSON.decode(JSONValue.self, from: [UInt8](data))
    } catch {
      throw CommandError("the event in '\(path)' must be JSON: \(Reason.of(error))")
    }
    return [UInt8](data)
  }
}
