import CVips
package import MediaTypes

/// What is known of an image without decoding it.
package struct ImageFacts: Sendable, Equatable {
  package var format: SourceFormat
  /// As it is shown: upright.
  package var size: PixelSize
  package var orientation: Orientation
  package var hasAlpha: Bool
}

/// The bytes of an image file that may be decoded: of an accepted format and within the limits.
///
/// The bytes must stay where they are as long as this value or an image of it lives.
struct SourceImage {
  let bytes: UnsafeRawBufferPointer
  let format: SourceFormat
  /// As stored.
  let size: PixelSize
  let orientation: Orientation
  let hasAlpha: Bool

  /// Reads the header, and throws if it asks for too much.
  init(_ bytes: UnsafeRawBufferPointer, limits: ImageLimits) throws(ImageError) {
    try limits.check(byteCount: bytes.count)
    guard let format = SourceFormat(bytes: bytes) else {
      throw ImageError(.unsupported, "the file must be a JPEG, PNG, WebP, AVIF, HEIC, GIF, TIFF or JPEG XL image")
    }
    self.bytes = bytes
    self.format = format
    var isStreamed = false
    if format == .jpeg {
      guard let header = JPEGHeader(bytes) else { throw ImageError(.invalid, "the JPEG has no frame header") }
      guard header.scans <= JPEGHeader.mostScans else {
        throw ImageError(.tooLarge, "a JPEG must have at most \(JPEGHeader.mostScans) scans")
      }
      isStreamed = header.isStreamed
      try limits.check(header.size, isStreamed: isStreamed, bytesPerPixel: header.components)
    } else if format == .png, let declared = Self.declaredSize(ofPNG: bytes) {
      // libpng refuses some sizes with words of its own.
      try limits.check(declared, isStreamed: false, bytesPerPixel: 1)
    }
    let header = try Self.load(bytes, format, reduction: 1)
    size = PixelSize(width: header.width, height: header.height)
    // HEIF and JPEG XL files turn their pixels themselves; what EXIF says of them is not to be done again.
    orientation = format == .heif || format == .jxl ? .upright : header.orientation
    hasAlpha = header.hasAlpha
    try limits.check(size, isStreamed: isStreamed, bytesPerPixel: Self.heldBytes(header, format))
  }

  var facts: ImageFacts {
    ImageFacts(format: format, size: orientation.applied(to: size), orientation: orientation, hasAlpha: hasAlpha)
  }

  /// The image for reading once from top to bottom, at its own size or up to `reduction` times smaller where the format
  /// can leave out detail while it is decoded.
  func open(reduction: Double) throws(ImageError) -> Picture {
    try Self.load(bytes, format, reduction: reduction)
  }

  private static func load(
    _ bytes: UnsafeRawBufferPointer, _ format: SourceFormat, reduction: Double
  ) throws(ImageError) -> Picture {
    let (start, count) = (bytes.baseAddress, bytes.count)
    return switch format {
    case .jpeg: try .make(zt_vips_load_jpeg(start, count, jpegShrink(reduction)))
    case .png: try .make(zt_vips_load_png(start, count))
    case .webp: try .make(zt_vips_load_webp(start, count, reduction > 2 ? 2 / reduction : 1))
    case .heif: try .make(zt_vips_load_heif(start, count))
    case .gif: try .make(zt_vips_load_gif(start, count))
    case .tiff: try .make(zt_vips_load_tiff(start, count))
    case .jxl: try .make(zt_vips_load_jxl(start, count))
    }
  }

  /// A power of two that leaves a factor of two to the better filter.
  private static func jpegShrink(_ reduction: Double) -> Int32 {
    switch reduction {
    case 16...: 8
    case 8...: 4
    case 4...: 2
    default: 1
    }
  }

  /// Bytes per pixel while the file is decoded: the JPEG XL decoder works with 32-bit numbers, others in the image's own.
  private static func heldBytes(_ header: Picture, _ format: SourceFormat) -> Int {
    format == .jxl ? 4 * header.bands : header.bytesPerPixel
  }

  private static func declaredSize(ofPNG bytes: UnsafeRawBufferPointer) -> PixelSize? {
    guard bytes.count >= 24 else { return nil }
    func number(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 << 8 | Int(bytes[offset + $1]) } }
    return PixelSize(width: number(16), height: number(20))
  }
}
