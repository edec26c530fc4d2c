/// Planes as decoded, 4:2:0 of 8 or more bits, to JFIF's planes.
package enum PlanarConverter {
  package struct Source {
    package var y: UnsafeRawPointer
    package var u: UnsafeRawPointer
    package var v: UnsafeRawPointer
    /// Bytes from row to row.
    package var lumaStride: Int
    package var chromaStride: Int
    /// 8 ... 16 bits per sample, two bytes each above 8.
    package var depth: Int

    package init(
      y: UnsafeRawPointer, u: UnsafeRawPointer, v: UnsafeRawPointer, lumaStride: Int, chromaStride: Int, depth: Int
    ) {
      (self.y, self.u, self.v) = (y, u, v)
      self.lumaStride = lumaStride
      self.chromaStride = chromaStride
      self.depth = depth
    }
  }

  package static func convert(_ source: Source, _ colour: JPEGColour, into picture: PlanarPicture) {
    // The chroma's part in luma: one row of it, each sample twice.
    let moves = UnsafeMutablePointer<Int16>.allocate(capacity: 2 * picture.chromaWidth)
    // One row of U, of V and of luma, 16 bits each.
    let wide = UnsafeMutablePointer<Int16>.allocate(capacity: 2 * picture.chromaWidth)
    defer {
      moves.deallocate()
      wide.deallocate()
    }
    for row in 0..<picture.chromaHeight {
      convertChroma(source, colour, row, into: picture, wide, moves)
      for lumaRow in 2 * row..<min(2 * row + 2, picture.height) {
        let output = picture.y + lumaRow * picture.lumaStride
        widen(source.y + lumaRow * source.lumaStride, count: picture.width, depth: source.depth, into: wide)
        if !colour.isFullRange {
          // 255 / 219 = 1 + 42.08 / 256.
          for x in 0..<picture.width {
            let value = wide[x] &- 16
            wide[x] = value &+ ((value &* 42 &+ 128) &>> 8)
          }
        }
        if colour.movesLuma { for x in 0..<picture.width { wide[x] &+= moves[x] } }
        for x in 0..<picture.width { output[x] = UInt8(truncatingIfNeeded: min(max(wide[x], 0), 255)) }
        if picture.width % 2 == 1 { output[picture.width] = output[picture.width - 1] }
      }
    }
    if picture.height % 2 == 1 {
      let below = picture.y + picture.height * picture.lumaStride
      below.update(from: below - picture.lumaStride, count: picture.lumaStride)
    }
  }

  private static func convertChroma(
    _ source: Source, _ colour: JPEGColour, _ row: Int, into picture: PlanarPicture,
    _ wide: UnsafeMutablePointer<Int16>, _ moves: UnsafeMutablePointer<Int16>
  ) {
    let count = picture.chromaWidth
    let (u, v) = (wide, wide + count)
    widen(source.u + row * source.chromaStride, count: count, depth: source.depth, into: u)
    widen(source.v + row * source.chromaStride, count: count, depth: source.depth, into: v)
    for x in 0..<2 * count { wide[x] &-= 128 }
    mix(u, u, colour.uOfU, v, colour.uOfV, count, into: picture.u + row * picture.chromaStride)
    mix(v, u, colour.vOfU, v, colour.vOfV, count, into: picture.v + row * picture.chromaStride)
    if colour.movesLuma {
      let (ofU, ofV) = (colour.lumaOfU, colour.lumaOfV)
      for x in 0..<count {
        let move = (u[x] &* ofU &+ v[x] &* ofV &+ 128) &>> 8
        moves[2 * x] = move
        moves[2 * x + 1] = move
      }
    }
  }

  private static func mix(
    _ base: UnsafePointer<Int16>, _ u: UnsafePointer<Int16>, _ ofU: Int16, _ v: UnsafePointer<Int16>, _ ofV: Int16,
    _ count: Int, into output: UnsafeMutablePointer<UInt8>
  ) {
    for x in 0..<count {
      let value = base[x] &+ ((u[x] &* ofU &+ v[x] &* ofV &+ 128) &>> 8) &+ 128
      output[x] = UInt8(truncatingIfNeeded: min(max(value, 0), 255))
    }
  }

  /// Samples on the scale of 8 bits, rounded.
  private static func widen(_ row: UnsafeRawPointer, count: Int, depth: Int, into wide: UnsafeMutablePointer<Int16>) {
    if depth == 8 {
      let samples = row.assumingMemoryBound(to: UInt8.self)
      for x in 0..<count { wide[x] = Int16(truncatingIfNeeded: samples[x]) }
    } else {
      let samples = row.assumingMemoryBound(to: UInt16.self)
      let shift = UInt16(depth - 9)
      for x in 0..<count {
        wide[x] = Int16(truncatingIfNeeded: min(((samples[x] &>> shift) &+ 1) &>> 1, 255))
      }
    }
  }
}
