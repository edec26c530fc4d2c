import Core

/// How severe a line of a function's log is, as far as its text tells.
package enum LogLevel: String, Sendable, Codable, Comparable, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  package static let names = allCases.map(\.rawValue).joined(separator: ", ")

  package static func < (one: LogLevel, other: LogLevel) -> Bool { one.rank < other.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// As functions of any language write it: `WARN`, `Error`, `fatal`.
  package init?(name: some StringProtocol) {
    switch name.lowercased() {
    case "information": self = .info
    case "warn": self = .warning
    case "fatal": self = .critical
    case let name:
      guard let level = Self(rawValue: name) else { return nil }
      self = level
    }
  }

  /// A line of JSON says its level in a member `level`; others by a word of capitals near their beginning, as most loggers
  /// write it. Of the platform's own lines those about an end that was not wanted are `error`, the rest is `debug`.
  package init(of line: String) {
    if line.utf8.first == UInt8(ascii: "{") {
      self = Self.member("level", of: line).flatMap(Self.init(name:)) ?? .info
    } else if ["START ", "END ", "REPORT "].contains(where: line.hasPrefix) {
      self = .debug
    } else if line.contains("Task timed out after") || line.contains("Runtime exited")
      || line.hasPrefix("INIT_REPORT ") || line.hasPrefix("Traceback ")
    {
      self = .error
    } else {
      let words = line.prefix(80).split { !$0.isLetter }
      self = words.lazy.filter { $0.allSatisfy(\.isUppercase) }.compactMap(Self.init(name:)).first ?? .info
    }
  }

  /// A member of an object whose value is a text, without parsing all of it.
  private static func member(_ name: String, of line: String) -> Substring? {
    guard let range = line.firstRange(of: "\"\(name)\":") else { return nil }
    let rest = line[range.upperBound...].drop { $0 == " " }
    guard rest.first == "\"" else { return nil }
    return rest.dropFirst().prefix { $0 != "\"" }
  }
}
