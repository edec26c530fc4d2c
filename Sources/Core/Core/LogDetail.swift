package import Logging

/// What a variable such as `DEBUG` says of the log.
package enum LogDetail {
  /// - Parameter text: `1` or `true` for everything, `0` or `false` for what matters only; anything else, or nothing, for
  ///   the usual level.
  package static func level(of text: String?) -> Logger.Level {
    switch text?.lowercased() {
    case "1", "true": .debug
    case "0", "false": .notice
    default: .info
    }
  }
}
