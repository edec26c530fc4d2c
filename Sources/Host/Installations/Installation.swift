import Core
import FoundationEssentials
import Glibc
import Terminals

/// What was installed with this program, by where the program is: nothing names a fixed place, so that all of it may be
/// moved together.
///
/// A build has functions and template beside the program. An installed program is `PREFIX/lib/zoetrope/zoetrope`, with the
/// functions beside it and `PREFIX/share/zoetrope/template.yaml`.
package enum Installation {
  /// The folder this program was started from, links resolved: the functions stand beside it.
  package static var programFolder: String {
    let program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return FilePath.absolute(
      program.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
  }

  /// Where installed files that are no programs are looked for, the first first.
  private static var folders: [String] { [programFolder, "\(programFolder)/../../share/zoetrope"] }

  /// The template that is meant: the named one, `template.yaml` in the current folder, or the installed one.
  ///
  /// - Throws: `InstallationError` if none is named and there is none.
  package static func template(_ named: String?) throws -> String {
    if let named { return FilePath.absolute(named) }
    let places = [FilePath.absolute("template.yaml")] + folders.map { "\($0)/template.yaml" }
    guard let found = places.first(where: { access($0, R_OK) == 0 }) else {
      throw InstallationError(
        "there is no template.yaml here, and none was installed in \(folders.joined(separator: " or ")); name one with "
          + "--template")
    }
    return found
  }

  /// What the build noted of its source; nil if it did not.
  package static var commit: String? {
    for folder in folders {
      guard let content = try? Data(contentsOf: URL(filePath: "\(folder)/commit")), content.count < 200 else {
        continue
      }
      let text = String(decoding: content, as: UTF8.self).split(separator: "\n").first ?? ""
      if !text.isEmpty { return PlainText.line(String(text)) }
    }
    return nil
  }
}
