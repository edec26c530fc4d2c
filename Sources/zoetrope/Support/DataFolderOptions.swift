import Terminals
import LocalStorage
import ArgumentParser
import LocalRuntime
import Core
import SigV4

/// Which data folder a command is about.
struct DataFolderOptions: ParsableArguments {
  @Option(
    help: "Folder for objects, queue, keys and logs (default: ZOETROPE_DATA, or .zoetrope/data).",
    completion: .directory)
  var data = EnvironmentReader(ProcessEnvironment.variables).optional("ZOETROPE_DATA") ?? LocalDefaults.dataFolder

  /// What the runtime of this folder demands of its clients: keys of your own, or those that it has made.
  ///
  /// - Returns: nil if there are none yet.
  func credentials() throws -> Credentials? {
    try LocalDefaults.credentials() ?? DataFolderSecrets(folder: FilePath.absolute(data)).existingCredentials
  }

  /// Where the runtime of this folder listens, while it runs.
  var addresses: HostAddresses? { DataFolderAddresses.read(folder: FilePath.absolute(data)) }
}
