import Terminals
import LocalStorage
import ArgumentParser
import LocalRuntime
import Core
import SigV4

/// What a shell needs so that any AWS client reaches a runtime of this machine.
struct Env: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the address and the keys of a runtime for a shell.",
    discussion: """
      eval "$(zoetrope env)" sets ZOETROPE_ENDPOINT, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and the \
      other secrets that 'zoetrope up' has made for the data folder.
      """)

  @OptionGroup var folder: DataFolderOptions

  @Flag(help: "Print one line of JSON instead.")
  var json = false

  func run() throws {
    var variables = try DataFolderSecrets(folder: FilePath.absolute(folder.data)).values
    let credentials = try folder.credentials()
    guard let credentials else {
      throw CommandError(
        "there are no keys in '\(folder.data)' yet: start 'zoetrope up' first, or name its folder with --data")
    }
    let endpoint = folder.addresses?.endpoint ?? LocalDefaults.endpoint
    variables["AWS_ENDPOINT_URL"] = endpoint
    variables[EndpointAddress.variable] = endpoint
    variables["AWS_ACCESS_KEY_ID"] = credentials.accessKeyID
    variables["AWS_SECRET_ACCESS_KEY"] = credentials.secretAccessKey
    variables["AWS_REGION"] = "us-east-1"
    // They are the AWS ones.
    variables[DataFolderSecrets.accessKeyID] = nil
    variables[DataFolderSecrets.secretAccessKey] = nil
    if json {
      Terminal.result(String(decoding: try JSON.encode(variables), as: UTF8.self))
    } else {
      for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
        Terminal.result("export \(name)=\(Self.quoted(value))")
      }
    }
  }

  /// As one word of any shell.
  private static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || "_-./:+=@%,".utf8.contains(byte)
    }
    return isPlain && !text.isEmpty
      ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
