import ArgumentParser
import FoundationEssentials
import HTTPTransport
import Core

/// What functions wrote.
struct Logs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show what functions have logged.")

  @OptionGroup var options: ConsoleOptions

  @Option(help: "Only this function's lines.")
  var function: String?

  @Option(name: .customLong("request-id"), help: "Only this invocation's lines.")
  var requestID: String?

  @Option(help: "How many of the last lines to begin with.")
  var lines = 200

  @Flag(name: .shortAndLong, help: "Go on with what comes, until Ctrl-C.")
  var follow = false

  private struct Answer: Decodable {
    struct Line: Decodable {
      var time: Int64
      var function: String
      var text: String
    }
    var lines: [Line]
    var next: Int
  }

  func validate() throws {
    if !(1...5000).contains(lines) { throw ValidationError("--lines must be from 1 to 5000, found \(lines)") }
  }

  func run() async throws {
    let client = options.client()
    defer { client.http.shutdown() }
    var query = [("limit", "\(lines)")]
    if let function { query.append(("function", function)) }
    if let requestID { query.append(("requestID", requestID)) }
    var answer: Answer = try await client.call("GET", "/api/logs", query)
    Self.show(answer)
    while follow {
      try Task.checkCancellation()
      answer = try await client.call("GET", "/api/logs", query + [("after", "\(answer.next)"), ("wait", "20")])
      Self.show(answer)
    }
  }

  private static func show(_ answer: Answer) {
    for line in answer.lines {
      let time = Date(millisecondsSince1970: line.time).iso8601(milliseconds: true)
      Terminal.result("\(time) \(line.function) \(line.text)")
    }
  }
}
