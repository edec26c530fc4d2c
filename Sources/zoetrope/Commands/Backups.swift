import Terminals
import LocalStorage
import ArgumentParser
import LocalRuntime
import NIOPosix
import Core

/// Copies a data folder, also while `zoetrope up` uses it.
struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy a data folder as it is at one moment, also while it is in use.",
    discussion: """
      A second backup into the same folder copies only what is new. The copy holds the keys of the data folder: keep it \
      as safe as the original.
      """)

  @OptionGroup var data: DataFolderOptions

  @Argument(help: "Folder to write the backup to; made if absent.", completion: .directory)
  var folder: String

  func run() async throws {
    let (source, target) = (FilePath.absolute(data.data), FilePath.absolute(folder))
    let summary = try await NIOThreadPool.singleton.runIfActive { try StoreBackup.make(of: source, in: target) }
    Terminal.result("\(summary.files) files, \(summary.bytes) bytes, \(summary.copied) of them copied now: \(folder)")
  }
}

/// Makes a data folder of a backup.
struct Restore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a data folder of a backup.",
    discussion: "The data folder must hold no data yet. Every file is checked for its length.")

  @OptionGroup var data: DataFolderOptions

  @Argument(help: "The backup.", completion: .directory)
  var backup: String

  func run() async throws {
    let (source, target) = (FilePath.absolute(backup), FilePath.absolute(data.data))
    let summary = try await NIOThreadPool.singleton.runIfActive { try StoreBackup.restore(source, to: target) }
    Terminal.result("\(summary.files) files, \(summary.bytes) bytes: \(data.data)")
  }
}

/// Checks a data folder or a backup.
struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that a data folder or a backup is whole.",
    discussion: "Exit code 1 if anything is missing or damaged; each problem is a line.")

  @OptionGroup var data: DataFolderOptions

  @Flag(inversion: .prefixedNo, help: "Read every object and compare it with its entity tag.")
  var contents = true

  @Flag(help: "Move object files that the database does not name out of the way; needs the runtime to be stopped.")
  var setAside = false

  func run() async throws {
    let (folder, contents) = (FilePath.absolute(data.data), contents)
    if setAside {
      let opening = try await NIOThreadPool.singleton.runIfActive {
        try StoreVerification.setAside(dataFolder: folder, migrations: LocalRuntime.migrations)
      }
      Terminal.write("\(opening.setAside) files moved\(opening.folder.map { " to \($0)" } ?? "")\n", to: 2)
    }
    let found = try await NIOThreadPool.singleton.runIfActive {
      try StoreVerification.of(dataFolder: folder, contents: contents)
    }
    for problem in found.problems { Terminal.result(problem) }
    guard found.count == 0 else {
      Terminal.write("zoetrope: \(found.count) problem\(found.count == 1 ? "" : "s") in \(data.data)\n", to: 2)
      throw ExitCodes.failed
    }
    Terminal.result("\(found.objects) objects, \(found.files) files, \(found.bytes) bytes: all there")
  }
}
