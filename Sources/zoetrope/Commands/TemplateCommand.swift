import ArgumentParser
import EventBus
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
      discussion: "Exit code 1 where it cannot; every problem is named with its resource and property.")

    @Argument(help: "The template.", completion: .file())
    var template = "template.yaml"

    @Flag(help: "Print the functions and their triggers as JSON.")
    var json = false

    func run() throws {
      let template = try Template.load(path: template)
      try Self.checkRules(template)
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

    /// - Throws: `ConfigurationError` naming every rule whose pattern or input cannot be honoured.
    private static func checkRules(_ template: Template) throws {
      var problems: [String] = []
      for rule in template.rules {
        do {
          _ = try EventPattern(json: rule.pattern)
          _ = try TargetInput(input: rule.input, path: rule.inputPath, transformer: rule.inputTransformer)
        } catch {
          problems.append("rule '\(rule.name)': \((error as? any ClassifiedError)?.message ?? "\(error)")")
        }
      }
      if !problems.isEmpty { throw ConfigurationError(problems: problems) }
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
