import CVips
import MediaTypes

/// Writes pixels as a file without metadata.
enum Encoder {
  /// How much time libwebp and libaom may spend: 0 … 6 and 0 … 9. AV1 above 2 takes far longer for a few per cent.
  private static let webpEffort: Int32 = 4
  private static let avifEffort: Int32 = 2

  static func encode(_ image: Picture, _ output: ImageOutput) throws(ImageError) -> [UInt8] {
    var image: Picture = try .make(zt_vips_without_metadata(image.handle))
    let quality = Int32(max(1, min(100, output.quality)))
    var count = 0
    let bytes: UnsafeMutableRawPointer?
    switch output.format {
    case .jpeg:
      if image.hasAlpha { image = try .make(zt_vips_flatten(image.handle)) }
      bytes = zt_vips_save_jpeg(image.handle, quality, &count)
    case .webp: bytes = zt_vips_save_webp(image.handle, quality, webpEffort, &count)
    case .avif: bytes = zt_vips_save_avif(image.handle, quality, avifEffort, &count)
    case .png: bytes = zt_vips_save_png(image.handle, &count)
    }
    guard let bytes else { throw ImageError(.invalid, "the image cannot be decoded: \(Vips.takeError())") }
    defer { g_free(bytes) }
    let file = [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
    return output.format == .webp ? WebPFile.withoutMetadata(file) : file
  }
}
