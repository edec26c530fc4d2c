import ArgumentParser
import FoundationEssentials
import HTTPTransport
import Core

/// Invocations whose every try failed.
struct DeadLetters: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dlq", abstract: "Look after invocations whose every try failed.",
    subcommands: [List.self, Redrive.self, Purge.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List dead letters with their reasons.")

    @OptionGroup var options: ConsoleOptions

    @Flag(help: "Print as JSON, with the original events.")
    var json = false

    func run() async throws {
      let client = options.client()
      defer { client.http.shutdown() }
      var letters: [JSONValue] = []
      var after = 0
      while true {
        let page: JSONValue = try await client.call(
          "GET", "/api/dead-letters", [("limit", "1000"), ("after", "\(after)")])
        letters += page["deadLetters"]?.arrayValue ?? []
        guard let next = page["next"]?.intValue else { break }
        after = next
      }
      guard !json else {
        Terminal.result(String(decoding: try JSON.encode(JSONValue.array(letters), pretty: true), as: UTF8.self))
        return
      }
      var table = TextTable(["id", "function", "attempts", "died", "reason"])
      for letter in letters {
        let reason = "\(letter["errorType"]?.stringValue ?? ""): \(letter["errorMessage"]?.stringValue ?? "")"
        table.add([
          "\(letter["id"]?.intValue ?? 0)", letter["function"]?.stringValue ?? "",
          "\(letter["attempts"]?.intValue ?? 0)", letter["diedAt"]?.stringValue ?? "",
          String(reason.prefix(100).map { $0.isNewline ? " " : $0 }),
        ])
      }
      Terminal.result(letters.isEmpty ? "no dead letters" : table.text)
    }
  }

  /// Which dead letters a command is about.
  struct Selection: ParsableArguments {
    @Argument(help: "Ids, as 'dlq list' shows them.")
    var ids: [Int] = []

    @Flag(help: "All of them.")
    var all = false

    func validate() throws {
      if ids.isEmpty != all { throw ValidationError("name ids, or all of them with --all") }
    }

    var query: [(String, String)] { all ? [("all", "true")] : ids.map { ("id", "\($0)") } }
  }

  struct Redrive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Queue dead letters again, with all their tries.")

    @OptionGroup var options: ConsoleOptions
    @OptionGroup var selection: Selection

    func run() async throws {
      try await DeadLetters.change("POST", "/api/dead-letters/redrive", options, selection, done: "queued again")
    }
  }

  struct Purge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove dead letters for good.")

    @OptionGroup var options: ConsoleOptions
    @OptionGroup var selection: Selection

    func run() async throws {
      try await DeadLetters.change("DELETE", "/api/dead-letters", options, selection, done: "removed")
    }
  }

  private static func change(
    _ method: String, _ path: String, _ options: ConsoleOptions, _ selection: Selection, done: String
  ) async throws {
    let client = options.client()
    defer { client.http.shutdown() }
    let answer: JSONValue = try await client.call(method, path, selection.query)
    Terminal.result("\(answer["count"]?.intValue ?? 0) \(done)")
  }
}
