import Terminals
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
      let client = try await options.client()
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
      var table = TextTable(["id", "function", "key", "attempts", "died", "reason"])
      for letter in letters {
        let reason = "\(letter["errorType"]?.stringValue ?? ""): \(letter["errorMessage"]?.stringValue ?? "")"
        table.add([
          "\(letter["id"]?.intValue ?? 0)", letter["function"]?.stringValue ?? "",
          letter["group"]?.stringValue ?? Self.key(in: letter["event"]) ?? "-", "\(letter["attempts"]?.intValue ?? 0)",
          letter["diedAt"]?.stringValue ?? "",
          String(reason.prefix(100).map { $0.isNewline ? " " : $0 }),
        ])
      }
      Terminal.result(letters.isEmpty ? "no dead letters" : table.text)
    }

    /// The key that an event is about, for work that was queued without saying what it belongs to.
    private static func key(in event: JSONValue?) -> String? {
      let detail = event?["detail"] ?? event
      return detail?["key"]?.stringValue ?? detail?["object"]?["key"]?.stringValue
        ?? event?["Records"]?.arrayValue?.first?["s3"]?["object"]?["key"]?.stringValue
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

    /// Each once, in the order in which they were named.
    var distinct: [Int] {
      var seen: Set<Int> = []
      return ids.filter { seen.insert($0).inserted }
    }

    var query: [(String, String)] { all ? [("all", "true")] : distinct.map { ("id", "\($0)") } }
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
    static let configuration = CommandConfiguration(abstract: "Remove dead letters. They cannot be brought back.")

    @OptionGroup var options: ConsoleOptions
    @OptionGroup var selection: Selection

    func run() async throws {
      try await DeadLetters.change("DELETE", "/api/dead-letters", options, selection, done: "removed")
    }
  }

  private static func change(
    _ method: String, _ path: String, _ options: ConsoleOptions, _ selection: Selection, done: String
  ) async throws {
    let client = try await options.client()
    defer { client.http.shutdown() }
    let answer: JSONValue = try await client.call(method, path, selection.query)
    let count = answer["count"]?.intValue ?? 0
    let wanted = selection.distinct
    if count > 0 || selection.all { Terminal.result("\(count) \(done)") }
    guard count < wanted.count else { return }
    throw CommandError(
      wanted.count == 1
        ? "there is no dead letter \(wanted[0]); 'zoetrope dlq list' shows those that there are"
        : "\(wanted.count - count) of the \(wanted.count) ids name no dead letter; 'zoetrope dlq list' shows those that "
          + "there are")
  }
}
