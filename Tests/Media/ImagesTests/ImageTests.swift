import MediaTypes
import Images
import Testing

@Suite("Images")
struct ImageTests {
  /// A picture whose red grows to the right and whose green grows downwards.
  private static func ramp(_ width: Int, _ height: Int) -> RGBImage {
    let picture = RGBImage.black(width: width, height: height)
    for y in 0..<height {
      for x in 0..<width {
        picture.pixels[3 * (y * width + x)] = UInt8(x * 255 / max(1, width - 1))
        picture.pixels[3 * (y * width + x) + 1] = UInt8(y * 255 / max(1, height - 1))
      }
    }
    return picture
  }

  private static func flat(_ width: Int, _ height: Int, _ grey: UInt8) -> RGBImage {
    RGBImage(width: width, height: height, bytes: [UInt8](repeating: grey, count: 3 * width * height))
  }

  @Test("an image of one colour keeps it at any size", arguments: [(7, 5), (160, 90), (1, 1), (33, 100)])
  func flatScales(width: Int, height: Int) {
    for grey in [UInt8(0), 1, 127, 255] {
      #expect(AreaScaler.scale(Self.flat(53, 31, grey), to: width, height) == Self.flat(width, height, grey))
    }
  }

  @Test("a pixel is the mean of the area that it covers")
  func meanOfArea() {
    let grey: [UInt8] = [0, 30, 60, 90, 120, 150]
    let picture = RGBImage(width: 3, height: 2, bytes: grey.flatMap { [$0, $0, $0] })
    // Columns of 1.5 pixels: (0 + 30 / 2) / 1.5 = 10, (30 / 2 + 60) / 1.5 = 50, and 90 more below.
    #expect(AreaScaler.scale(picture, to: 2, 2).bytes == [10, 10, 10, 50, 50, 50, 100, 100, 100, 140, 140, 140])
    #expect(AreaScaler.scale(picture, to: 1, 1).bytes == [75, 75, 75])
    #expect(AreaScaler.scale(picture, to: 3, 2) == picture)
    // Enlarged, pixels are repeated.
    #expect(AreaScaler.scale(picture, to: 6, 2).bytes.prefix(9) == [0, 0, 0, 0, 0, 0, 30, 30, 30])
  }

  @Test("a tile is laid where it belongs")
  func places() {
    let sheet = RGBImage.black(width: 4, height: 3)
    sheet.place(Self.flat(2, 1, 9), x: 2, y: 1)
    let lit = (0..<12).filter { sheet.pixels[3 * $0] == 9 }
    #expect(lit == [6, 7])
  }

  @Test(
    "a JPEG is read at the smallest size that is not below the wanted one",
    arguments: [
      (1280, 720, 160, 90, 160, 90), (1920, 1080, 160, 90, 240, 135), (854, 480, 160, 90, 214, 120),
      (200, 100, 160, 80, 175, 88), (100, 50, 160, 80, 100, 50), (163, 91, 163, 91, 163, 91),
    ])
  func smallestScale(width: Int, height: Int, wanted: Int, tall: Int, expectedWidth: Int, expectedHeight: Int) throws {
    let jpeg = try JPEGEncoder(quality: 90).encode(Self.ramp(width, height))
    let decoder = try JPEGDecoder()
    #expect(try decoder.size(of: jpeg) == (width, height))
    let picture = try decoder.read(jpeg, atLeast: wanted, tall)
    #expect((picture.width, picture.height) == (expectedWidth, expectedHeight))
    // It is the same picture, small.
    let expected = AreaScaler.scale(Self.ramp(width, height), to: expectedWidth, expectedHeight)
    let distance = zip(picture.bytes, expected.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(distance <= 12)
  }

  @Test("the same image is the same JPEG")
  func deterministic() throws {
    let encoder = try JPEGEncoder(quality: 80)
    #expect(try encoder.encode(Self.ramp(320, 180)) == JPEGEncoder(quality: 80).encode(Self.ramp(320, 180)))
  }

  @Test("what is no whole JPEG is refused with a reason")
  func damaged() throws {
    let jpeg = try JPEGEncoder(quality: 80).encode(Self.ramp(320, 180))
    let decoder = try JPEGDecoder()
    for bytes in [[], Array("no picture".utf8), Array(jpeg.prefix(jpeg.count / 2))] {
      #expect(throws: MediaError.self) { try decoder.read(bytes, atLeast: 160, 90) }
    }
    // One that was refused does no harm to the next.
    #expect(try decoder.read(jpeg, atLeast: 160, 90).width == 160)
  }

  @Test("looks tell black, flat, blurred and sharp pictures apart")
  func looks() {
    let black = ImageStatistics(Self.flat(16, 9, 0))
    #expect(black == ImageStatistics(brightness: 0, contrast: 0, sharpness: 0))
    let white = ImageStatistics(Self.flat(16, 9, 255))
    #expect((white.brightness, white.contrast, white.sharpness) == (255, 0, 0))
    let board = RGBImage.black(width: 16, height: 16)
    for index in 0..<256 where (index / 16 + index % 16) % 2 == 0 {
      for channel in 0..<3 { board.pixels[3 * index + channel] = 255 }
    }
    let sharp = ImageStatistics(board)
    #expect(sharp.contrast > 120 && sharp.sharpness > 200)
    let smooth = ImageStatistics(Self.ramp(16, 16))
    #expect(smooth.contrast > 20 && smooth.sharpness < 5)
    #expect(ImageStatistics(Self.flat(1, 1, 80)).sharpness == 0)
  }
}
