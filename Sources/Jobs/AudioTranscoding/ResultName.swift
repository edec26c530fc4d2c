package import Audio
import LambdaEvents

/// The name under which a result is saved. Pure.
package enum ResultName {
  /// - Parameter fileName: of the upload.
  package static func name(of fileName: String?, target: TranscodeTarget) -> String {
    var stem = (fileName ?? "").split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    if let dot = stem.lastIndex(of: "."), dot != stem.startIndex { stem = String(stem[..<dot]) }
    stem = String(stem.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }.map(Character.init).prefix(120))
    if stem.allSatisfy({ $0 == "." || $0 == " " }) { stem = "audio" }
    return "\(stem).\(target.rawValue)"
  }

  /// Headers of a finished file.
  static func headers(_ target: TranscodeTarget, fileName: String?) -> [HTTPResult.Header] {
    [
      .init("content-type", target.contentType),
      .init("content-disposition", disposition(name(of: fileName, target: target))),
      .init("x-content-type-options", "nosniff"),
    ]
  }

  /// `attachment` with a name that every client reads, and one that keeps every character (RFC 6266).
  package static func disposition(_ name: String) -> String {
    let plain = String(name.map { $0.isASCII && $0 != "\"" && $0 != "\\" ? $0 : "_" })
    if plain == name { return "attachment; filename=\"\(plain)\"" }
    let coded = name.utf8.map { byte in
      let character = Character(UnicodeScalar(byte))
      if byte < 0x80, character.isLetter || character.isNumber || "-._~".contains(character) {
        return String(character)
      }
      return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(coded.joined())"
  }
}
