import Images
import Testing

@Suite("The poster")
struct PosterTests {
  private static let good = ImageStatistics(brightness: 110, contrast: 55, sharpness: 12)
  private static let black = ImageStatistics(brightness: 3, contrast: 1, sharpness: 0.5)
  private static let noisyBlack = ImageStatistics(brightness: 14, contrast: 20, sharpness: 16)
  private static let white = ImageStatistics(brightness: 252, contrast: 4, sharpness: 1)
  private static let flat = ImageStatistics(brightness: 120, contrast: 0, sharpness: 0)
  private static let blurred = ImageStatistics(brightness: 110, contrast: 55, sharpness: 2)

  @Test(
    "what is black, white, of one colour or blurred is passed over",
    arguments: [Self.black, Self.noisyBlack, Self.white, Self.flat, Self.blurred])
  func passesOver(bad: ImageStatistics) {
    var looks = [ImageStatistics](repeating: bad, count: 10)
    looks[6] = Self.good
    looks[7] = Self.good
    #expect(PosterChoice.best(of: looks) == 6)
  }

  @Test("of equally good ones it is the first")
  func early() {
    #expect(PosterChoice.best(of: Array(repeating: Self.good, count: 500)) == 0)
    #expect(PosterChoice.best(of: [Self.black, Self.black, Self.good, Self.good]) == 2)
  }

  @Test("a better one that comes a little later is preferred, a hardly better one at the end is not")
  func trade() {
    var looks = [ImageStatistics](repeating: ImageStatistics(brightness: 110, contrast: 30, sharpness: 8), count: 100)
    looks[10] = Self.good
    #expect(PosterChoice.best(of: looks) == 10)
    looks[10] = looks[0]
    looks[99] = ImageStatistics(brightness: 110, contrast: 36, sharpness: 8)
    #expect(PosterChoice.best(of: looks) == 0)
  }

  @Test("a single picture full of noise does not make all others count as blurred")
  func noise() {
    var looks = [ImageStatistics](repeating: Self.good, count: 60)
    looks[50] = ImageStatistics(brightness: 110, contrast: 60, sharpness: 120)
    #expect(PosterChoice.best(of: looks) == 0)
  }

  @Test("where nothing is any good it is the first")
  func nothing() {
    #expect(PosterChoice.best(of: Array(repeating: Self.flat, count: 5)) == 0)
    #expect(PosterChoice.best(of: [Self.black]) == 0)
  }
}
