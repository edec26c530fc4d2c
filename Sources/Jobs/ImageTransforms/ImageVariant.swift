package import MediaTypes

/// A size in which an application shows images, by name.
package struct ImageVariant: Sendable, Hashable, Encodable {
  package enum Sizing: String, Sendable, Encodable {
    /// Always the full box.
    case fixed
    /// A box no larger than the source in either direction, so that the key says what is really sent.
    case capped
  }

  package let name: String
  package let width: Int
  package let height: Int
  package let quality: Int
  package let format: ImageFormat
  package let sizing: Sizing

  /// The parameters by which the variant of a source is requested, made ready and stored: the same for all three.
  ///
  /// - Parameter source: pixels of the upright image; nil if unknown, which asks for the full box.
  package func parameters(for source: PixelSize?) -> TransformParameters {
    var box = PixelSize(width: width, height: height)
    if sizing == .capped, let source {
      box = PixelSize(width: min(width, max(1, source.width)), height: min(height, max(1, source.height)))
    }
    return TransformParameters(width: box.width, height: box.height, quality: quality, format: format)
  }
}

/// All named variants. Pages receive this same value as JSON.
package struct ImageVariants: Sendable, Encodable {
  /// Raised whenever a variant is added or changed: every image is then made ready again.
  package let version: Int
  package let variants: [ImageVariant]

  package init(version: Int, variants: [ImageVariant]) {
    self.version = version
    self.variants = variants
  }

  package static let current = ImageVariants(
    version: 1,
    variants: [
      ImageVariant(name: "search", width: 80, height: 80, quality: 70, format: .jpeg, sizing: .fixed),
      ImageVariant(name: "timeline", width: 240, height: 240, quality: 70, format: .webp, sizing: .fixed),
      ImageVariant(name: "face", width: 300, height: 300, quality: 80, format: .jpeg, sizing: .fixed),
      ImageVariant(name: "card", width: 720, height: 360, quality: 82, format: .jpeg, sizing: .capped),
      ImageVariant(name: "preview", width: 1920, height: 1080, quality: 90, format: .jpeg, sizing: .capped),
    ])

  package subscript(name: String) -> ImageVariant? { variants.first { $0.name == name } }
}
