/// What a file is by its first bytes: its media type, never by its name. Only the containers that are worked with.
package enum ContentSniffer {
  /// Bytes that are looked at.
  package static let length = 4096

  /// - Returns: nil if the bytes are none of the known containers.
  package static func mimeType(_ bytes: [UInt8]) -> String? {
    func has(_ signature: [UInt8], at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: signature) }
    func hasText(_ text: String, at offset: Int = 0) -> Bool { has(Array(text.utf8), at: offset) }
    switch true {
    case has([0xFF, 0xD8, 0xFF]): return "image/jpeg"
    case has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]): return "image/png"
    case hasText("GIF87a") || hasText("GIF89a"): return "image/gif"
    case has([0x49, 0x49, 0x2A, 0x00]) || has([0x4D, 0x4D, 0x00, 0x2A]): return "image/tiff"
    case has([0xFF, 0x0A]) || has([0, 0, 0, 0x0C]) && hasText("JXL ", at: 4): return "image/jxl"
    case hasText("RIFF") && hasText("WEBP", at: 8): return "image/webp"
    case hasText("RIFF") && hasText("WAVE", at: 8) || hasText("RF64") && hasText("WAVE", at: 8): return "audio/wav"
    case hasText("RIFF") && hasText("AVI ", at: 8): return "video/x-msvideo"
    case hasText("ftyp", at: 4): return isoMedia(bytes)
    case has([0x1A, 0x45, 0xDF, 0xA3]): return contains("webm", bytes) ? "video/webm" : "video/x-matroska"
    case hasText("OggS"): return ogg(bytes)
    case hasText("fLaC"): return "audio/flac"
    case hasText("ID3"): return "audio/mpeg"
    case hasText("FORM") && (hasText("AIFF", at: 8) || hasText("AIFC", at: 8)): return "audio/aiff"
    case has([0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]): return "video/x-ms-asf"
    case hasText("FLV\u{1}"): return "video/x-flv"
    case has([0, 0, 1, 0xBA]) || has([0, 0, 1, 0xB3]): return "video/mpeg"
    case has([0x47]) && bytes.count > 376 && bytes[188] == 0x47 && bytes[376] == 0x47: return "video/mp2t"
    case hasText("moov", at: 4) || hasText("mdat", at: 4) || hasText("wide", at: 4): return "video/quicktime"
    case hasText("%PDF-"): return "application/pdf"
    case isAudioFrame(bytes): return isADTS(bytes) ? "audio/aac" : "audio/mpeg"
    default: return nil
    }
  }

  private static func isoMedia(_ bytes: [UInt8]) -> String? {
    guard bytes.count >= 12 else { return nil }
    switch String(decoding: bytes[8..<12], as: UTF8.self) {
    case "avif", "avis": return "image/avif"
    case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1": return "image/heic"
    case "qt  ": return "video/quicktime"
    case "M4A ", "M4B ", "F4A ": return "audio/mp4"
    case "3gp4", "3gp5", "3gp6", "3g2a": return "video/3gpp"
    default: return "video/mp4"
    }
  }

  private static func ogg(_ bytes: [UInt8]) -> String {
    contains("theora", bytes) ? "video/ogg" : "audio/ogg"
  }

  /// A frame header of MPEG audio (layers I to III) or ADTS.
  private static func isAudioFrame(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 4, bytes[0] == 0xFF, bytes[1] & 0xE0 == 0xE0 else { return false }
    return isADTS(bytes) || (bytes[1] & 0x06 != 0 && bytes[2] & 0xF0 != 0xF0 && bytes[2] & 0x0C != 0x0C)
  }

  private static func isADTS(_ bytes: [UInt8]) -> Bool { bytes[1] & 0xF6 == 0xF0 }

  private static func contains(_ text: String, _ bytes: [UInt8]) -> Bool {
    let wanted = Array(text.utf8)
    guard bytes.count >= wanted.count else { return false }
    return (0...(bytes.count - wanted.count)).contains { bytes[$0...].starts(with: wanted) }
  }
}
