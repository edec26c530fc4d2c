import Terminals
import ArgumentParser
import FoundationEssentials
import HTTPTransport
import Core

/// What functions wrote.
struct Logs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what functions have logged.",
    discussion: """
      On a terminal lines are laid out for reading: the time of day, the function, the level, the message. Otherwise, and \
      with --raw, they are as the functions wrote them. Lines of the last runs are kept in memory; older ones are in the \
      data folder's logs.
      """)

  @OptionGroup var options: ConsoleOptions

  @Option(help: "Only this function's lines.")
  var function: String?

  @Option(name: .customLong("request-id"), help: "Only this invocation's lines.")
  var requestID: String?

  @Option(help: ArgumentHelp("Only lines of runs that belong to this video.", valueName: "key"))
  var video: String?

  @Option(help: ArgumentHelp("Only lines since then: 90s, 10m, 2h, 3d, or 2026-11-27T10:00:00Z.", valueName: "time"))
  var since: String?

  @Option(
    help: ArgumentHelp(
      "Only lines at least as severe: trace, debug, info, notice, warning, error, critical.", valueName: "level"))
  var level: String?

  @Option(help: "How many of the last lines to begin with (default: 200; with --since: all).")
  var lines: Int?

  @Flag(help: "Print lines as the functions wrote them, on a terminal too.")
  var raw = false

  @Flag(name: .shortAndLong, help: "Go on with what comes, until Ctrl-C.")
  var follow = false

  private struct Answer: Decodable {
    var lines: [LogText.Line]
    var next: Int
  }

  /// As many as one answer may have.
  private static let maximumLines = 5000
  private static let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

  func validate() throws {
    if let lines, !(1...Self.maximumLines).contains(lines) {
      throw ValidationError("--lines must be from 1 to \(Self.maximumLines), found \(lines)")
    }
    if let since, PastTime.parse(since, now: Date()) == nil {
      throw ValidationError("--since must be a time such as 10m, 2h or 2026-11-27T10:00:00Z, found '\(since)'")
    }
    if let level, !Self.levels.contains(level.lowercased()) {
      throw ValidationError("--level must be one of \(Self.levels.joined(separator: ", ")), found '\(level)'")
    }
  }

  func run() async throws {
    let client = try await options.client()
    defer { client.http.shutdown() }
    var query: [(String, String)] = []
    if let function { query.append(("function", function)) }
    if let requestID { query.append(("requestID", requestID)) }
    if let video { query.append(("group", video)) }
    if let level { query.append(("level", level.lowercased())) }
    if let since, let instant = PastTime.parse(since, now: Date()) {
      query.append(("since", "\(max(0, instant.millisecondsSince1970))"))
    }
    let isForPeople = Terminal.isOutputInteractive && !raw
    func show(_ answer: Answer) {
      for line in answer.lines { Terminal.result(isForPeople ? LogText.laidOut(line) : LogText.raw(line)) }
    }
    let first = lines ?? (since == nil ? 200 : Self.maximumLines)
    var answer: Answer = try await client.call("GET", "/api/logs", query + [("limit", "\(first)")])
    show(answer)
    while follow {
      try Task.checkCancellation()
      answer = try await client.call("GET", "/api/logs", query + [("after", "\(answer.next)"), ("wait", "20")])
      show(answer)
    }
  }
}
