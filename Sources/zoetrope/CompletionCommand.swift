import Terminals
import ArgumentParser

/// What a shell needs to complete this program's commands and options.
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print the completion script of a shell.",
    discussion: """
      bash: zoetrope completion bash > ~/.local/share/bash-completion/completions/zoetrope
      zsh:  zoetrope completion zsh > ~/.zfunc/_zoetrope
      fish: zoetrope completion fish > ~/.config/fish/completions/zoetrope.fish
      """)

  @Argument(help: "The shell: bash, zsh or fish.", completion: .list(["bash", "zsh", "fish"]))
  var shell: String

  func validate() throws {
    if CompletionShell(rawValue: shell) == nil {
      throw ValidationError("the shell must be bash, zsh or fish, found '\(shell)'")
    }
  }

  func run() {
    guard let shell = CompletionShell(rawValue: shell) else { return }
    Terminal.result(Zoetrope.completionScript(for: shell))
  }
}
