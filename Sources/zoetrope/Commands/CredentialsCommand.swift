import Terminals
import ArgumentParser
import Core
import Glibc
import Passwords

/// The hash of a password, for settings that must not hold the password itself.
struct CredentialsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "credentials",
    abstract: "Print the bcrypt hash of a password, for METRICS_AUTH_PASSWORD_BCRYPT.",
    discussion: """
      Asks for the password twice, without showing it. From a pipe it reads the password as one line.
      """)

  @Option(help: "Cost of the hash, 4 to 17: each step doubles the time of a check. 14 takes about a second.")
  var cost = 14

  func validate() throws {
    guard BcryptHash.costs.contains(cost) else {
      throw ValidationError(
        "--cost must be a whole number from \(BcryptHash.costs.lowerBound) to \(BcryptHash.costs.upperBound), "
          + "found \(cost)")
    }
  }

  func run() throws {
    let password: String
    if isatty(0) == 1 {
      password = try HiddenInput.ask("Password: ")
      guard try HiddenInput.ask("The same again: ") == password else {
        throw CommandError("the two passwords differ; nothing was printed")
      }
    } else {
      password = readLine(strippingNewline: true) ?? ""
    }
    Terminal.result(try BcryptHash(password: password, cost: cost).text)
  }
}
