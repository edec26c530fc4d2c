/// The formats in which derived images are written.
package enum ImageFormat: String, Sendable, Hashable, CaseIterable, Codable {
  case jpeg
  case webp
  case avif
  case png

  package var contentType: String { "image/\(rawValue)" }

  /// Pixels of an image that is written: encoders of WebP and AV1 hold all of it, several times over.
  package var maximumPixels: Int {
    switch self {
    case .jpeg, .png: 100_000_000
    case .webp: 25_000_000
    case .avif: 12_000_000
    }
  }

  /// The format that a file name asks for by its extension, `jpg` being another word for `jpeg`.
  package init?(fileName: String) {
    guard let dot = fileName.lastIndex(of: ".") else { return nil }
    let ending = fileName[fileName.index(after: dot)...].lowercased()
    self.init(rawValue: ending == "jpg" ? "jpeg" : ending)
  }
}

/// One image to be made of a source image.
package struct ImageOutput: Sendable, Hashable {
  package enum Fit: Sendable, Hashable {
    /// Inside a box, with the source's shape; a side that is nil does not limit. Never larger than the source.
    case inside(width: Int?, height: Int?)
    /// The middle of the source, as large as a square can be in it, reduced to at most so many pixels a side.
    case square(Int)
  }

  package var fit: Fit
  package var format: ImageFormat
  /// 1 … 100; PNG has no use for it.
  package var quality: Int

  package init(fit: Fit, format: ImageFormat, quality: Int) {
    self.fit = fit
    self.format = format
    self.quality = quality
  }
}

/// Width and height in whole pixels, each at least 1.
package struct PixelSize: Sendable, Hashable, Codable {
  package var width: Int
  package var height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  package var area: Int { width * height }
  package var transposed: PixelSize { PixelSize(width: height, height: width) }
}
