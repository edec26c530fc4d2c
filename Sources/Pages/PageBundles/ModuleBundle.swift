/// A module and all that it imports as one module.
///
/// A browser learns of an import only when it has the module that imports, and fetches at most six files at a time. With a slow
/// connection each of these steps costs a round trip. One file costs one.
///
/// It knows the statements that the pages' modules use, which stand on lines of their own: `import { a, b as c } from "./x.js";`,
/// `import "./x.js";` and `export` before a declaration. Each module becomes a function that is called once, so that names of one
/// module are not seen by another.
package struct ModuleBundle {
  /// A module that cannot become part of a bundle.
  package struct Unsupported: Error, CustomStringConvertible {
    package let module: String
    package let reason: String

    package var description: String { "\(module): \(reason)" }
  }

  private let source: (String) -> String?
  private var finished: [String: String] = [:]
  private var open: Set<String> = []
  private var lines: [String] = []

  /// - Parameters:
  ///   - entries: names of the modules that a page runs, in their order: `["navigation.js", "player.js"]`.
  ///   - source: text of a module by its name; `nil` if there is none.
  package static func make(_ entries: [String], source: @escaping (String) -> String?) throws(Unsupported) -> String {
    var bundle = ModuleBundle(source: source)
    for entry in entries { _ = try bundle.add(entry) }
    return bundle.lines.joined(separator: "\n") + "\n"
  }

  private init(source: @escaping (String) -> String?) { self.source = source }

  /// Adds a module behind what it imports.
  ///
  /// - Returns: the name of the constant that holds its exports.
  private mutating func add(_ module: String) throws(Unsupported) -> String {
    if let name = finished[module] { return name }
    guard let text = source(module) else { throw Unsupported(module: module, reason: "there is no such module") }
    guard open.insert(module).inserted else { throw Unsupported(module: module, reason: "imports itself") }
    let name = "module\(finished.count + open.count)"
    var body: [String] = []
    var exports: [String] = []
    for line in Self.withoutComments(text) {
      if line.hasPrefix("import") {
        guard let (names, imported) = Self.importStatement(line) else {
          throw Unsupported(module: module, reason: "unknown form of import: \(line)")
        }
        let holder = try add(imported)
        if let names { body.append("const {\(names)} = \(holder);") }
      } else if line.hasPrefix("export ") {
        guard let exported = Self.exportedName(line) else {
          throw Unsupported(module: module, reason: "unknown form of export: \(line)")
        }
        exports.append(exported)
        body.append(String(line.dropFirst("export ".count)))
      } else {
        body.append(line)
      }
    }
    lines.append("const \(name) = (() => {")
    lines += body
    lines.append("return { \(exports.joined(separator: ", ")) };")
    lines.append("})();")
    open.remove(module)
    finished[module] = name
    return name
  }

  /// Members in the form of a destructuring, `nil` for an import without names; and the module's name.
  private static func importStatement(_ line: String) -> (names: String?, module: String)? {
    guard line.hasSuffix(".js\";"), let start = line.firstRange(of: "\"./") else { return nil }
    let module = String(line[start.upperBound...].dropLast(2))
    let head = line[..<start.lowerBound].dropFirst("import ".count)
    if head.isEmpty { return (nil, module) }
    guard head.hasPrefix("{"), head.hasSuffix("} from ") else { return nil }
    let names = head.dropFirst().dropLast("} from ".count).split(separator: ",").map { one in
      String(one).replacing(" as ", with: ": ")
    }
    return (names.joined(separator: ","), module)
  }

  /// `h` of `export function h(name) {`. A variable that changes later cannot be exported: what imports it copies it.
  private static func exportedName(_ line: String) -> String? {
    for keyword in ["const ", "function ", "async function ", "class "] {
      let start = "export \(keyword)"
      guard line.hasPrefix(start) else { continue }
      let name = line.dropFirst(start.count).prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
      return name.isEmpty ? nil : String(name)
    }
    return nil
  }

  /// Lines without those that are only a comment, a quarter of what is sent otherwise. What looks like a comment inside a template
  /// literal is indented and begins with two slashes: that stays.
  private static func withoutComments(_ text: String) -> [String] {
    var isInside = false
    return text.split(separator: "\n").compactMap { line in
      let trimmed = line.drop { $0 == " " }
      if isInside {
        isInside = !trimmed.hasSuffix("*/")
        return nil
      }
      if trimmed.hasPrefix("/**") {
        isInside = !trimmed.hasSuffix("*/")
        return nil
      }
      return line.hasPrefix("//") ? nil : String(line)
    }
  }
}
