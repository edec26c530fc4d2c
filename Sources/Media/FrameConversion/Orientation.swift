import CLibAV

/// How a coded picture must be turned to stand upright: optionally transposed, then mirrored along either axis.
package struct Orientation: Equatable, Sendable {
  /// Columns become rows.
  package var transposed = false
  /// Mirrored left to right, after transposing.
  package var flippedX = false
  /// Mirrored top to bottom, after transposing.
  package var flippedY = false

  package static let upright = Orientation()

  package init(transposed: Bool = false, flippedX: Bool = false, flippedY: Bool = false) {
    self.transposed = transposed
    self.flippedX = flippedX
    self.flippedY = flippedY
  }

  /// From a display matrix (ISO/IEC 14496-12 §6.2.2): x' = a·x + c·y, y' = b·x + d·y. Odd angles go to the nearest
  /// right one.
  package init(matrix: UnsafePointer<Int32>?) {
    self.init()
    guard let matrix else { return }
    let (a, b, c, d) = (Int64(matrix[0]), Int64(matrix[1]), Int64(matrix[3]), Int64(matrix[4]))
    transposed = abs(b) + abs(c) > abs(a) + abs(d)
    flippedX = (transposed ? c : a) < 0
    flippedY = (transposed ? b : d) < 0
  }

  /// Mirrored left to right first, then turned clockwise by 0, 90, 180 or 270 degrees.
  package var isMirrored: Bool { (flippedX != flippedY) != transposed }

  package var rotation: Int {
    switch (transposed, flippedX, flippedY) {
    case (false, false, false), (false, true, false): 0
    case (false, true, true), (false, false, true): 180
    case (true, true, _): 90
    case (true, false, _): 270
    }
  }
}
