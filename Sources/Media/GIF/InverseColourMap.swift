import Synchronization

/// The palette's nearest colour for any colour, found once per cell of 2 × 2 × 2 colours, when it is first asked for.
///
/// Larger cells cost quality where a palette is fine, as in smooth gradients. Threads share it: what two of them find for
/// the same cell is the same.
package final class InverseColourMap: @unchecked Sendable {
  /// Colours in groups of eight, in the order of green, so that most groups are too far away to be looked at.
  private struct Group {
    // Numbers with a point: without AVX, processors multiply those four at a time, whole ones not.
    var red = SIMD8<Float>(repeating: 20000)
    var green = SIMD8<Float>(repeating: 20000)
    var blue = SIMD8<Float>(repeating: 20000)
    var index = SIMD8<Int32>(repeating: .max)
    var lowestGreen = Float.infinity
    var highestGreen = -Float.infinity
  }

  /// Per cell the colour's index and 1; 0 where it was not asked for yet.
  private let memory = ZeroedMemory<UInt8>(count: 1 << 21)
  private let table: UnsafeMutablePointer<Atomic<UInt8>>
  private let groups: UnsafeMutableBufferPointer<Group>

  package init(_ palette: Palette) {
    table = UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: Atomic<UInt8>.self)
    groups = .allocate(capacity: (palette.colours.count + 7) / 8)
    groups.initialize(repeating: Group())
    let order = palette.colours.indices.sorted { (palette.colours[$0].y, $0) < (palette.colours[$1].y, $1) }
    for (place, index) in order.enumerated() {
      // Twice as large, because the middle of a cell lies between two whole numbers.
      let colour = SIMD3<Float>(palette.colours[index]) * 2
      let (group, lane) = (place / 8, place % 8)
      groups[group].red[lane] = colour.x
      groups[group].green[lane] = colour.y
      groups[group].blue[lane] = colour.z
      groups[group].index[lane] = Int32(index)
      groups[group].lowestGreen = min(groups[group].lowestGreen, colour.y)
      groups[group].highestGreen = max(groups[group].highestGreen, colour.y)
    }
  }

  deinit { groups.deallocate() }

  /// - Parameter colour: 0 ... 255 per channel.
  @inline(__always)
  package func nearest(_ colour: SIMD4<Int16>) -> UInt8 {
    let cell = Int(colour.x >> 1) << 14 | Int(colour.y >> 1) << 7 | Int(colour.z >> 1)
    let found = table[cell].load(ordering: .relaxed)
    return found == 0 ? fill(cell) : found &- 1
  }

  @inline(never)
  private func fill(_ cell: Int) -> UInt8 {
    let r = Float(cell >> 14) * 4 + 1
    let g = Float(cell >> 7 & 127) * 4 + 1
    let b = Float(cell & 127) * 4 + 1
    // From the group that green belongs to, outwards.
    var above = 0
    while above < groups.count - 1 && groups[above].highestGreen < g { above += 1 }
    var below = above - 1
    var best = Float.infinity
    var nearest = Int32.max
    while above < groups.count || below >= 0 {
      if above < groups.count {
        let gap = max(0, groups[above].lowestGreen - g)
        if gap * gap > best {
          above = groups.count
        } else {
          look(at: above, r, g, b, &best, &nearest)
          above += 1
        }
      }
      if below >= 0 {
        let gap = max(0, g - groups[below].highestGreen)
        if gap * gap > best {
          below = -1
        } else {
          look(at: below, r, g, b, &best, &nearest)
          below -= 1
        }
      }
    }
    table[cell].store(UInt8(nearest + 1), ordering: .relaxed)
    return UInt8(nearest)
  }

  @inline(__always)
  private func look(at group: Int, _ r: Float, _ g: Float, _ b: Float, _ best: inout Float, _ nearest: inout Int32) {
    let dr = groups[group].red - r
    let dg = groups[group].green - g
    let db = groups[group].blue - b
    let distance = dr * dr + dg * dg + db * db
    let (low, high) = (distance.lowHalf, distance.highHalf)
    let four = low.replacing(with: high, where: high .< low)
    let (even, odd) = (four.x < four.y ? four.x : four.y, four.z < four.w ? four.z : four.w)
    let minimum = even < odd ? even : odd
    if minimum > best { return }
    let index = groups[group].index.replacing(with: .max, where: distance .> minimum).min()
    // The lowest index wins, so that the result does not depend on the order of comparisons.
    nearest = minimum < best ? index : min(nearest, index)
    best = minimum
  }
}
