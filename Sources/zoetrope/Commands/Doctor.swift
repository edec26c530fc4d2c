import Installations
import Terminals
import ArgumentParser
import Core
import FoundationEssentials

/// Whether this machine has what a runtime needs.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check what is installed and what is missing: functions, libraries, ports, disk, limits.",
    discussion: "Changes nothing. Exit code 0 if everything works, warnings included; 1 if something does not.")

  @OptionGroup var folder: DataFolderOptions

  @Option(help: "The template (default: as 'zoetrope up').", completion: .file())
  var template: String?

  @Option(help: "Folder of the functions' executables (default: where this program is).", completion: .directory)
  var functions: String?

  @Option(help: "The first port, as of 'zoetrope up'.")
  var port = 4566

  @Option(help: "The second port, as of 'zoetrope up'.")
  var webPort = 4567

  @Option(help: "The third port, as of 'zoetrope up'.")
  var apiPort = 4568

  @Flag(help: "Print as JSON.")
  var json = false

  func run() throws {
    let scratch = try ScratchFolder()
    defer { scratch.remove() }
    let found = Examination(
      template: template, functions: functions, data: FilePath.absolute(folder.data), ports: [port, webPort, apiPort]
    ).run(scratch: scratch.path)
    if json {
      Terminal.result(String(decoding: try JSON.encode(found, pretty: true), as: UTF8.self))
    } else {
      let width = found.map(\.subject.count).max() ?? 0
      for one in found {
        let mark = one.verdict == .ok ? "ok     " : one.verdict == .warning ? "warning" : "PROBLEM"
        let space = String(repeating: " ", count: width - one.subject.count)
        Terminal.result("\(mark)  \(one.subject)\(space)  \(one.finding)")
      }
    }
    if found.contains(where: { $0.verdict == .problem }) { throw ExitCodes.failed }
  }
}
