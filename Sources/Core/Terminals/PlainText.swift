/// Text from elsewhere (keys, messages, log lines) as a terminal may show it.
package enum PlainText {
  /// One line: line breaks become spaces, other control characters `?`. They could change what the terminal shows.
  package static func line(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if !isControl(scalar) {
        result.append(scalar)
      } else {
        result.append(["\n", "\r", "\t"].contains(scalar) ? " " : "?")
      }
    }
    return String(result)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || scalar.properties.isBidiControl
  }
}
