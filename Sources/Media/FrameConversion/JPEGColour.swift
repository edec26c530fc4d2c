/// From a picture's own matrix and range to JFIF's (BT.601, full range), in 16-bit integers.
///
/// Chroma is centred on 0 on both sides; what two colour systems differ by is small, so that only differences are
/// multiplied, in 1/256.
package struct JPEGColour: Equatable {
  package let isFullRange: Bool
  /// What chroma adds to luma; zero between systems of the same matrix.
  let lumaOfU: Int16
  let lumaOfV: Int16
  /// U' = U + (uOfU · U + uOfV · V) / 256, and V' likewise.
  let uOfU: Int16
  let uOfV: Int16
  let vOfU: Int16
  let vOfV: Int16

  package init(_ matrix: YUVMatrix) {
    isFullRange = matrix.isFullRange
    // RGB that one step of U and of V make in the source's system (full range, luma 0) …
    let (red, blue) = (Double(matrix.redOfV), Double(matrix.blueOfU))
    let (greenU, greenV) = (Double(matrix.greenOfU), Double(matrix.greenOfV))
    // … and the luma and chroma of these in JFIF's.
    func luma(_ r: Double, _ g: Double, _ b: Double) -> Double { 0.299 * r + 0.587 * g + 0.114 * b }
    let (ofU, ofV) = (luma(0, greenU, blue), luma(red, greenV, 0))
    func fixed(_ value: Double) -> Int16 { Int16((256 * value).rounded()) }
    lumaOfU = fixed(ofU)
    lumaOfV = fixed(ofV)
    uOfU = fixed((blue - ofU) / 1.772 - 1)
    uOfV = fixed((0 - ofV) / 1.772)
    vOfU = fixed((0 - ofU) / 1.402)
    vOfV = fixed((red - ofV) / 1.402 - 1)
  }

  var movesLuma: Bool { lumaOfU != 0 || lumaOfV != 0 }
  var isIdentity: Bool { isFullRange && !movesLuma && uOfU == 0 && uOfV == 0 && vOfU == 0 && vOfV == 0 }
}
