import Terminals
import ArgumentParser
import FoundationEssentials
import HTTPTransport
import Core

/// What a running endpoint is doing.
struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show what a running endpoint is doing.")

  @OptionGroup var options: ConsoleOptions

  @Flag(help: "Print as JSON.")
  var json = false

  func run() async throws {
    let client = try await options.client()
    defer { client.http.shutdown() }
    let status: JSONValue = try await client.call("GET", "/api/status")
    guard !json else {
      Terminal.result(String(decoding: try JSON.encode(status, pretty: true), as: UTF8.self))
      return
    }
    func number(_ value: JSONValue?) -> String { value?.intValue.map(String.init) ?? "-" }
    Terminal.result(
      "endpoint \(status["endpoint"]?.stringValue ?? "-"), since \(status["startedAt"]?.stringValue ?? "-")")
    Terminal.result("running \(number(status["running"])) of \(number(status["concurrency"]))")
    var table = TextTable(["function", "queued", "busy", "idle", "dead letters", "oldest queued"])
    for function in status["functions"]?.arrayValue ?? [] {
      table.add([
        function["name"]?.stringValue ?? "", number(function["queued"]), number(function["busy"]),
        number(function["idle"]), number(function["deadLetters"]), function["oldestQueuedAt"]?.stringValue ?? "",
      ])
    }
    Terminal.result(table.text)
  }
}
