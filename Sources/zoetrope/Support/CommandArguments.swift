import Glibc

/// The arguments of this process, as the parser must see them and as the system gave them.
enum CommandArguments {
  /// Those for the parser: a file name that begins with `-` becomes one that is no option.
  static func forParsing() -> [String] { CommandLine.arguments.dropFirst().map(asFileIfNoOption) }

  /// Options have no dots, and numbers are none.
  static func asFileIfNoOption(_ argument: String) -> String {
    guard argument.hasPrefix("-"), argument.count > 1, Double(argument) == nil else { return argument }
    if argument.hasPrefix("--") {
      // An option's value may have dots.
      let isFile = !argument.contains("=") && argument.contains(".") && access(argument, F_OK) == 0
      return isFile ? "./" + argument : argument
    }
    return argument.contains(".") ? "./" + argument : argument
  }

  /// The bytes of a path that the parser gave. Text would lose names that are not UTF-8.
  static func path(_ parsed: String) -> [UInt8] {
    guard parsed.unicodeScalars.contains("\u{fffd}") else { return Array(parsed.utf8) }
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = CommandLine.unsafeArgv[index] else { continue }
      let bytes = Array(UnsafeBufferPointer(start: argument, count: strlen(argument))).map { UInt8(bitPattern: $0) }
      let text = String(decoding: bytes, as: UTF8.self)
      if text == parsed { return bytes }
      if "./" + text == parsed { return Array("./".utf8) + bytes }
    }
    return Array(parsed.utf8)
  }
}
