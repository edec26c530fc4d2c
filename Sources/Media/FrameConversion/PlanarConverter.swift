package import Images
package import CPixels

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

  package static func convert(
    _ source: Source, _ colour: JPEGColour, into picture: PlanarImage,
    kernels: UnsafePointer<cpixels_kernels> = VectorLevel.chosenKernels
  ) {
    precondition(picture.width <= abs(source.lumaStride) && picture.chromaWidth <= abs(source.chromaStride))
    precondition((8...16).contains(source.depth))
    // The chroma's part in luma: one row of it, each sample twice.
    let moves: UnsafeMutablePointer<Int16>? = colour.movesLuma ? .allocate(capacity: 2 * picture.chromaWidth) : nil
    defer { moves?.deallocate() }
    var numbers = cpixels_jpeg_colour(colour)
    let depth = Int32(source.depth)
    for row in 0..<picture.chromaHeight {
      kernels.pointee.convert_chroma(
        source.u + row * source.chromaStride, source.v + row * source.chromaStride, picture.chromaWidth, depth,
        &numbers, picture.u + row * picture.chromaStride, picture.v + row * picture.chromaStride, moves)
      for lumaRow in 2 * row..<min(2 * row + 2, picture.height) {
        let output = picture.y + lumaRow * picture.lumaStride
        kernels.pointee.convert_luma(
          source.y + lumaRow * source.lumaStride, picture.width, depth, &numbers, moves, output)
        if picture.width % 2 == 1 { output[picture.width] = output[picture.width - 1] }
      }
    }
    if picture.height % 2 == 1 {
      let below = picture.y + picture.height * picture.lumaStride
      below.update(from: below - picture.lumaStride, count: picture.lumaStride)
    }
  }
}

extension cpixels_jpeg_colour {
  fileprivate init(_ colour: JPEGColour) {
    self.init(
      luma_of_u: colour.lumaOfU, luma_of_v: colour.lumaOfV, u_of_u: colour.uOfU, u_of_v: colour.uOfV,
      v_of_u: colour.vOfU, v_of_v: colour.vOfV, is_full_range: colour.isFullRange ? 1 : 0)
  }
}
