/// The storyboard tiles of one clip in one object: JPEGs one behind the other, and where each begins.
///
/// `ZTTILES1`, then numbers of 32 bits, the least significant byte first: the stills' width and height, how many tiles
/// there are, and for each the number of its still and the bytes of its JPEG. The JPEGs follow in the same order.
package struct TileStrip: Sendable, Equatable {
  /// Pixels of the stills that the tiles stand for.
  package let stillWidth: Int
  package let stillHeight: Int
  private let bytes: [UInt8]
  /// By the number of the still, from 1.
  private let places: [Int: Range<Int>]

  private static let mark = Array("ZTTILES1".utf8)

  /// As it is stored.
  ///
  /// - Parameter tiles: by the number of their still, from 1.
  package static func encoded(stillWidth: Int, stillHeight: Int, tiles: [Int: [UInt8]]) -> [UInt8] {
    let sorted = tiles.sorted { $0.key < $1.key }
    var numbers = [stillWidth, stillHeight, sorted.count]
    for (number, jpeg) in sorted { numbers += [number, jpeg.count] }
    var bytes = mark
    bytes.reserveCapacity(mark.count + 4 * numbers.count + sorted.reduce(0) { $0 + $1.value.count })
    for number in numbers { for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) } }
    for (_, jpeg) in sorted { bytes += jpeg }
    return bytes
  }

  /// - Returns: `nil` for bytes that are no strip.
  package init?(_ bytes: [UInt8]) {
    guard bytes.starts(with: Self.mark) else { return nil }
    var position = Self.mark.count
    func next() -> Int? {
      guard position + 4 <= bytes.count else { return nil }
      defer { position += 4 }
      return (0..<4).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
    }
    guard let width = next(), let height = next(), let count = next(), width > 0, height > 0,
      count <= (bytes.count - position) / 8
    else { return nil }
    var (places, end) = ([Int: Range<Int>](), position + 8 * count)
    for _ in 0..<count {
      guard let number = next(), let size = next(), size <= bytes.count - end else { return nil }
      places[number] = end..<end + size
      end += size
    }
    guard end == bytes.count else { return nil }
    self.bytes = bytes
    self.places = places
    stillWidth = width
    stillHeight = height
  }

  /// The JPEG of a still's tile; `nil` if there is none.
  package func tile(_ number: Int) -> [UInt8]? { places[number].map { Array(bytes[$0]) } }
}
