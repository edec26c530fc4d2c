import Previews
import Testing

@Suite("Strips of tiles")
struct TileStripTests {
  private static let tiles: [Int: [UInt8]] = [1: [1, 2, 3], 4: [], 31: Array(repeating: 7, count: 70_000)]

  @Test("what is written is read")
  func roundTrip() throws {
    let bytes = TileStrip.encoded(stillWidth: 1920, stillHeight: 1080, tiles: Self.tiles)
    let strip = try #require(TileStrip(bytes))
    #expect((strip.stillWidth, strip.stillHeight) == (1920, 1080))
    for (number, jpeg) in Self.tiles { #expect(strip.tile(number) == jpeg) }
    #expect(strip.tile(2) == nil)
  }

  @Test("bytes that are cut off, too many or none of a strip's are refused")
  func damaged() {
    let bytes = TileStrip.encoded(stillWidth: 64, stillHeight: 36, tiles: [1: [1, 2, 3], 2: [4]])
    for length in 0..<bytes.count { #expect(TileStrip(Array(bytes.prefix(length))) == nil) }
    #expect(TileStrip(bytes + [0]) == nil)
    var large = bytes
    for index in 16..<20 { large[index] = 255 }
    #expect(TileStrip(large) == nil)
  }
}
