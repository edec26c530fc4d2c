import Installations
import ArgumentParser

/// The command line (DESIGN §9). Progress goes to standard error, results to standard output; exit codes: 0, 1 (failed),
/// 2 (usage), 130 (interrupted).
@main
struct Zoetrope: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zoetrope",
    abstract: "Media functions without a cluster: previews, conversion, transcoding, a media library.",
    version: Version.text,
    subcommands: [
      Up.self, Process.self, List.self, Show.self, Remove.self, Rerender.self, Render.self, Image.self, Convert.self,
      Proxy.self, Token.self, Invoke.self, Host.self,
      Logs.self, Status.self, DeadLetters.self,
      TemplateCommand.self, Backup.self, Restore.self, Verify.self, Env.self, CredentialsCommand.self,
      Transcode.self, Waveform.self, Doctor.self, CompletionCommand.self,
    ])

  static func main() async {
    do {
      let parsed = Parsed(command: try parseAsRoot(CommandArguments.forParsing()))
      try await SignalHandler.guarding(isOrderly: parsed.command is any Server) { try await parsed.run() }
    } catch {
      ExitCodes.exit(with: error, of: Self.self)
    }
  }
}

/// A parsed command on its way to the task that runs it; nothing else keeps it, which the protocol cannot express.
private struct Parsed: @unchecked Sendable {
  let command: any ParsableCommand

  func run() async throws {
    if var asynchronous = command as? any AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      var synchronous = command
      try synchronous.run()
    }
  }
}
