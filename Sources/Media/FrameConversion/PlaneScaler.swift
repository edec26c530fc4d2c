package import CPixels

/// Brings one plane to another size: halvings first, then a filter along columns and one along rows.
package final class PlaneScaler {
  private let kernels: UnsafePointer<cpixels_kernels>
  private let halver: PlaneHalver
  private let width: Int
  private let height: Int
  private let outputWidth: Int
  private let outputHeight: Int
  private let isWide: Bool
  private let halvings: Int
  private let vertical: ResamplingFilter
  private let horizontal: ResamplingFilter
  /// Two buffers for halved planes, which take turns.
  private let halved: (UnsafeMutablePointer<UInt16>, UnsafeMutablePointer<UInt16>)
  private let halvedStride: Int
  private let reducedWidth: Int
  private let reducedHeight: Int
  /// Rows of the reduced plane as numbers, converted once each, and one row summed along columns.
  private let rows: UnsafeMutablePointer<Float>
  private let rowStride: Int
  private let rowCount: Int
  private let column: UnsafeMutablePointer<Float>
  private let sources: UnsafeMutablePointer<UnsafePointer<Float>>
  /// `horizontal` as `sum_row` takes it.
  private let starts: [Int32]
  private let weights: [Float]

  /// `scale` writes up to so many numbers beyond the last row.
  package static let room = 15

  /// - Parameters:
  ///   - depth: bits per input sample. Outputs are on the scale of 8 bits, 0 ... 255.
  ///   - isChroma: where eyes see less, and halving may go on to the end.
  ///   - kind: default: Lanczos.
  package init(
    width: Int, height: Int, outputWidth: Int, outputHeight: Int, depth: Int, isChroma: Bool,
    kind: ResamplingFilter.Kind = .lanczos, kernels: UnsafePointer<cpixels_kernels> = VectorLevel.chosenKernels
  ) {
    self.kernels = kernels
    halver = PlaneHalver(kernels)
    self.width = width
    self.height = height
    self.outputWidth = outputWidth
    self.outputHeight = outputHeight
    isWide = depth > 8
    // Enough is left for the filter to decide what the picture looks like; sums must fit 16 bits.
    var halvings = 0
    let ratio = min(Double(width) / Double(outputWidth), Double(height) / Double(outputHeight))
    // Squares of samples are areas themselves.
    let least = kind == .area ? 1 : isChroma ? 0.9 : 1.75
    while ratio / Double(2 << halvings) >= least, depth + 2 * (halvings + 1) <= 16 { halvings += 1 }
    self.halvings = halvings
    reducedWidth = (width + (1 << halvings) - 1) >> halvings
    reducedHeight = (height + (1 << halvings) - 1) >> halvings
    let factor = Double(1 << halvings)
    vertical = ResamplingFilter(
      length: reducedHeight, extent: Double(height) / factor, output: outputHeight, halvings: halvings, gain: 1,
      kind: kind)
    horizontal = ResamplingFilter(
      length: reducedWidth, extent: Double(width) / factor, output: outputWidth, halvings: halvings,
      gain: 1 / (factor * factor * Double(1 << (depth - 8))), kind: kind)
    halvedStride = (width + 1) / 2 + 16
    let halvedRows = halvings > 0 ? (height + 1) / 2 : 0
    halved = (
      .allocate(capacity: halvedStride * halvedRows + 16),
      .allocate(capacity: halvings > 1 ? halvedStride * ((halvedRows + 1) / 2) + 16 : 16)
    )
    (starts, weights) = horizontal.arranged(together: kernels.pointee.together)
    let multiple = Int(CPIXELS_ROW)
    rowStride = (reducedWidth + multiple - 1) / multiple * multiple
    rowCount = vertical.taps + 1
    rows = .allocate(capacity: rowStride * rowCount)
    rows.initialize(repeating: 0, count: rowStride * rowCount)
    column = .allocate(capacity: rowStride + 16)
    column.initialize(repeating: 0, count: rowStride + 16)
    sources = .allocate(capacity: vertical.taps)
  }

  deinit {
    halved.0.deallocate()
    halved.1.deallocate()
    rows.deallocate()
    column.deallocate()
    sources.deallocate()
  }

  /// - Parameters:
  ///   - input: rows `stride` bytes apart.
  ///   - output: `outputHeight` rows of `outputWidth` numbers without padding, and `room` behind them.
  package func scale(_ input: UnsafePointer<UInt8>, stride: Int, into output: UnsafeMutablePointer<Float>) {
    var reduced: UnsafePointer<UInt16>?
    var (w, h) = (width, height)
    var step = 0
    if halvings >= 2, !isWide {
      halver.quarter(input, stride: stride, width: w, height: h, into: halved.0, outputStride: halvedStride)
      (w, h) = ((w + 3) / 4, (h + 3) / 4)
      reduced = UnsafePointer(halved.0)
      step = 2
    }
    while step < halvings {
      let target = reduced == UnsafePointer(halved.0) ? halved.1 : halved.0
      if let source = reduced {
        halver.halve(source, stride: halvedStride, width: w, height: h, into: target, outputStride: halvedStride)
      } else if isWide {
        input.withMemoryRebound(to: UInt16.self, capacity: stride / 2 * h) {
          halver.halve($0, stride: stride / 2, width: w, height: h, into: target, outputStride: halvedStride)
        }
      } else {
        halver.halve(input, stride: stride, width: w, height: h, into: target, outputStride: halvedStride)
      }
      (w, h) = ((w + 1) / 2, (h + 1) / 2)
      reduced = UnsafePointer(target)
      step += 1
    }

    var converted = 0
    for y in 0..<outputHeight {
      let first = vertical.starts[y]
      let end = min(first + vertical.taps, reducedHeight)
      converted = max(converted, first)
      while converted < end {
        let row = rows + converted % rowCount * rowStride
        if let reduced {
          kernels.pointee.widen_words(reduced + converted * halvedStride, reducedWidth, row)
        } else if isWide {
          (UnsafeRawPointer(input) + converted * stride).withMemoryRebound(to: UInt16.self, capacity: reducedWidth) {
            kernels.pointee.widen_words($0, reducedWidth, row)
          }
        } else {
          kernels.pointee.widen_bytes(input + converted * stride, reducedWidth, row)
        }
        converted += 1
      }
      sumColumns(y, first, end)
      kernels.pointee.sum_row(column, starts, weights, horizontal.taps, outputWidth, output + y * outputWidth)
    }
  }

  private func sumColumns(_ y: Int, _ first: Int, _ end: Int) {
    let count = end - first
    for index in 0..<count { sources[index] = UnsafePointer(rows + (first + index) % rowCount * rowStride) }
    vertical.weights.withUnsafeBufferPointer { weights in
      kernels.pointee.sum_columns(sources, weights.baseAddress! + y * vertical.taps, count, reducedWidth, column)
    }
  }
}
