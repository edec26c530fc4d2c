import ImageCodecs
import MediaTypes
import Testing

@Suite struct SourceFormatTests {
  @Test(arguments: [
    ("\u{89}PNG", nil), ("<svg xmlns=", nil), ("%PDF-1.7", nil), ("push graphic-context", nil), ("", nil),
    ("GIF89a", SourceFormat.gif), ("BM", nil), ("\0\0\0\u{18}ftypavif", .heif), ("\0\0\0\u{18}ftypheic", .heif),
    ("\0\0\0\u{18}ftypisom", nil), ("RIFF....WEBPVP8 ", .webp), ("RIFF....WAVEfmt ", nil), ("II*\0", .tiff),
  ])
  func isToldByTheFirstBytes(text: String, format: SourceFormat?) {
    #expect(SourceFormat(bytes: text.utf8.map { $0 }) == format)
  }

  @Test("formats are told by their first bytes")
  func binarySignatures() {
    #expect(SourceFormat(bytes: [0xFF, 0xD8, 0xFF, 0xE0]) == .jpeg)
    #expect(SourceFormat(bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == .png)
    #expect(SourceFormat(bytes: [0xFF, 0x0A, 0x00]) == .jxl)
    #expect(SourceFormat(bytes: [0x00, 0x00, 0x01, 0x00]) == nil)  // an icon
  }
}

@Suite struct PlacementTests {
  private func output(_ fit: ImageOutput.Fit, _ format: ImageFormat = .jpeg) -> ImageOutput {
    ImageOutput(fit: fit, format: format, quality: 80)
  }

  @Test("encoders that hold all of an image get a bounded one")
  func encodersThatHoldAllOfAnImageGetABoundedOne() {
    let large = PixelSize(width: 8000, height: 6000)
    #expect(Placement(output(.inside(width: nil, height: nil), .avif), of: large).scaled.area <= 12_010_000)
    #expect(Placement(output(.inside(width: nil, height: nil), .webp), of: large).scaled.area <= 25_010_000)
    #expect(Placement(output(.inside(width: nil, height: nil)), of: large).scaled == large)
  }

  @Test(arguments: [
    (ImageOutput.Fit.inside(width: 720, height: 360), PixelSize(width: 640, height: 360)),
    (.inside(width: 240, height: nil), PixelSize(width: 240, height: 135)),
    (.inside(width: nil, height: 90), PixelSize(width: 160, height: 90)),
    (.inside(width: 4096, height: 4096), PixelSize(width: 1920, height: 1080)),
    (.inside(width: nil, height: nil), PixelSize(width: 1920, height: 1080)),
    (.inside(width: 1, height: 1), PixelSize(width: 1, height: 1)),
  ])
  func fitsInsideAndNeverGrows(fit: ImageOutput.Fit, size: PixelSize) {
    let placement = Placement(output(fit), of: PixelSize(width: 1920, height: 1080))
    #expect(placement.scaled == size)
    #expect(!placement.isCropped)
  }

  @Test("a square is the middle of the shorter side")
  func aSquareIsTheMiddleOfTheShorterSide() {
    let placement = Placement(output(.square(512)), of: PixelSize(width: 2000, height: 1000))
    #expect(placement.scaled == PixelSize(width: 1024, height: 512))
    #expect(placement.crop == PixelSize(width: 512, height: 512))
    #expect(placement.left == 256 && placement.top == 0)
    let small = Placement(output(.square(512)), of: PixelSize(width: 100, height: 301))
    #expect(small.crop == PixelSize(width: 100, height: 100))
    #expect(small.scaled == PixelSize(width: 100, height: 301))
  }

  @Test("a line keeps one pixel of width")
  func aLineKeepsOnePixelOfWidth() {
    #expect(
      Placement(output(.inside(width: 80, height: 80)), of: PixelSize(width: 4000, height: 1)).scaled
        == PixelSize(width: 80, height: 1))
  }
}

@Suite struct ImageLimitsTests {
  @Test("a JPEG that streams may be larger")
  func aJPEGThatStreamsMayBeLarger() throws {
    let limits = ImageLimits()
    let size = PixelSize(width: 10_000, height: 10_000)
    try limits.check(size, isStreamed: true, bytesPerPixel: 3)
    #expect(throws: ImageError.self) { try limits.check(size, isStreamed: false, bytesPerPixel: 3) }
    #expect(throws: ImageError.self) {
      try limits.check(PixelSize(width: 16_385, height: 1), isStreamed: true, bytesPerPixel: 3)
    }
    #expect(throws: ImageError.self) {
      try limits.check(PixelSize(width: 0, height: 1), isStreamed: true, bytesPerPixel: 3)
    }
  }
}
