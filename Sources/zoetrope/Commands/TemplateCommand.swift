import Installations
import Terminals
import ArgumentParser
import LocalRuntime
import Core
import SAMTemplate

/// What concerns templates.
struct TemplateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "template", abstract: "Look at a template.", subcommands: [Check.self])

  /// Says what in a template cannot be honoured, and what is not used on one machine.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check that this machine can honour a template.",
      discussion: """
        Says what 'zoetrope up' would say. Exit code 1 if it cannot; every problem is named with its resource and \
        property.
        """)

    @Argument(
      help: "The template (default: template.yaml in this folder, or the one that was installed with this program).",
      completion: .file())
    var template: String?

    @OptionGroup
    var parameters: ParameterOptions

    @Option(help: "Folder of the functions' executables (default: where this program is).", completion: .directory)
    var functions: String?

    @Flag(help: "Print the functions and their triggers as JSON.")
    var json = false

    func run() throws {
      let scratch = try ScratchFolder()
      defer { scratch.remove() }
      let template = try LocalRuntime.check(
        LocalRuntimeConfiguration(
          dataFolder: scratch.path, templatePath: try Installation.template(template),
          parameters: try parameters.values(),
          functionsFolder: functions.map(FilePath.absolute) ?? Installation.programFolder), scratch: scratch.path)
      for note in template.notes { Terminal.write("note: \(note)\n", to: 2) }
      if json {
        Terminal.result(String(decoding: try JSON.encode(Self.summary(template), pretty: true), as: UTF8.self))
      } else {
        for function in template.functions {
          let triggers = function.s3Triggers.map { "s3:\($0.bucketName)" } + function.rules.map { "rule:\($0.name)" }
          Terminal.result(
            "\(function.functionName)  \(function.handler)  timeout \(function.timeoutSeconds) s  "
              + "memory \(function.memorySizeMiB) MiB  \(triggers.joined(separator: ", "))")
        }
      }
    }

    private static func summary(_ template: Template) -> JSONValue {
      .array(
        template.functions.map { function in
          .object([
            "name": .string(function.functionName), "handler": .string(function.handler),
            "timeout": .integer(Int64(function.timeoutSeconds)),
            "memorySize": .integer(Int64(function.memorySizeMiB)),
            "buckets": .array(function.s3Triggers.map { .string($0.bucketName) }),
            "rules": .array(function.rules.map { .string($0.name) }),
          ])
        })
    }
  }
}
