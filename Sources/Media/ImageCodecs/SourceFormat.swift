/// The formats in which images are accepted, told by their first bytes and never by a name.
package enum SourceFormat: String, Sendable, CaseIterable {
  case jpeg
  case png
  case webp
  /// AVIF and HEIC: one container, two codecs.
  case heif
  case gif
  case tiff
  case jxl

  /// As many bytes as `init(bytes:)` looks at.
  package static let signatureLength = 32

  /// - Returns: nil for everything else, such as SVG, PDF, BMP or an empty file.
  package init?(bytes: some Collection<UInt8>) {
    let head = Array(bytes.prefix(Self.signatureLength))
    func has(_ signature: [UInt8], at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: signature) }
    func hasText(_ text: String, at offset: Int = 0) -> Bool { has(Array(text.utf8), at: offset) }
    switch true {
    case has([0xFF, 0xD8, 0xFF]): self = .jpeg
    case has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]): self = .png
    case hasText("RIFF") && hasText("WEBP", at: 8): self = .webp
    case hasText("GIF87a") || hasText("GIF89a"): self = .gif
    case has([0x49, 0x49, 0x2A, 0x00]) || has([0x4D, 0x4D, 0x00, 0x2A]): self = .tiff
    case has([0xFF, 0x0A]) || has([0, 0, 0, 0x0C] + Array("JXL ".utf8) + [0x0D, 0x0A, 0x87, 0x0A]): self = .jxl
    case hasText("ftyp", at: 4) && Self.isImageBrand(head): self = .heif
    default: return nil
    }
  }

  package var contentType: String { "image/\(rawValue)" }

  /// The major brand, or the first compatible ones where the major is the general `mif1`.
  private static func isImageBrand(_ head: [UInt8]) -> Bool {
    let brands = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis"]
    return head.count >= 12 && brands.contains(String(decoding: head[8..<12], as: UTF8.self))
  }
}
