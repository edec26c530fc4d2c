/// Brings one plane to another size: halvings first, then a filter along columns and one along rows.
final class PlaneScaler {
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
  private let sources: UnsafeMutablePointer<UnsafeRawPointer>

  /// - Parameters:
  ///   - depth: bits per input sample. Outputs are on the scale of 8 bits, 0 ... 255.
  ///   - isChroma: where eyes see less, and halving may go on to the end.
  ///   - kind: default: Lanczos.
  init(
    width: Int, height: Int, outputWidth: Int, outputHeight: Int, depth: Int, isChroma: Bool,
    kind: ResamplingFilter.Kind = .lanczos
  ) {
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
    rowStride = (reducedWidth + 15) / 16 * 16
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
  ///   - output: `outputHeight` rows of `outputWidth` numbers without padding.
  func scale(_ input: UnsafePointer<UInt8>, stride: Int, into output: UnsafeMutablePointer<Float>) {
    var reduced: UnsafePointer<UInt16>?
    var (w, h) = (width, height)
    var step = 0
    if halvings >= 2, !isWide {
      PlaneHalver.quarter(input, stride: stride, width: w, height: h, into: halved.0, outputStride: halvedStride)
      (w, h) = ((w + 3) / 4, (h + 3) / 4)
      reduced = UnsafePointer(halved.0)
      step = 2
    }
    while step < halvings {
      let target = reduced == UnsafePointer(halved.0) ? halved.1 : halved.0
      if let source = reduced {
        PlaneHalver.halve(source, stride: halvedStride, width: w, height: h, into: target, outputStride: halvedStride)
      } else if isWide {
        input.withMemoryRebound(to: UInt16.self, capacity: stride / 2 * h) {
          PlaneHalver.halve($0, stride: stride / 2, width: w, height: h, into: target, outputStride: halvedStride)
        }
      } else {
        PlaneHalver.halve(input, stride: stride, width: w, height: h, into: target, outputStride: halvedStride)
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
          Self.convert(reduced + converted * halvedStride, count: reducedWidth, into: row)
        } else if isWide {
          (UnsafeRawPointer(input) + converted * stride).withMemoryRebound(to: UInt16.self, capacity: reducedWidth) {
            Self.convert($0, count: reducedWidth, into: row)
          }
        } else {
          Self.convert(input + converted * stride, count: reducedWidth, into: row)
        }
        converted += 1
      }
      sumColumns(y, first, end)
      sumRow(into: output + y * outputWidth)
    }
  }

  private static func convert(_ input: UnsafePointer<UInt16>, count: Int, into output: UnsafeMutablePointer<Float>) {
    for x in 0..<count { output[x] = Float(input[x]) }
  }

  private static func convert(_ input: UnsafePointer<UInt8>, count: Int, into output: UnsafeMutablePointer<Float>) {
    for x in 0..<count { output[x] = Float(input[x]) }
  }

  private func sumColumns(_ y: Int, _ first: Int, _ end: Int) {
    let count = end - first
    for index in 0..<count { sources[index] = UnsafeRawPointer(rows + (first + index) % rowCount * rowStride) }
    vertical.weights.withUnsafeBufferPointer { weights in
      let weights = weights.baseAddress! + y * vertical.taps
      let target = UnsafeMutableRawPointer(column)
      let bytes = 4 * reducedWidth
      var offset = 0
      while offset < bytes {
        var a = SIMD4<Float>.zero
        var b = SIMD4<Float>.zero
        var c = SIMD4<Float>.zero
        var d = SIMD4<Float>.zero
        for index in 0..<count {
          let row = sources[index] + offset
          let weight = weights[index]
          a += row.loadUnaligned(as: SIMD4<Float>.self) * weight
          b += row.loadUnaligned(fromByteOffset: 16, as: SIMD4<Float>.self) * weight
          c += row.loadUnaligned(fromByteOffset: 32, as: SIMD4<Float>.self) * weight
          d += row.loadUnaligned(fromByteOffset: 48, as: SIMD4<Float>.self) * weight
        }
        target.storeBytes(of: a, toByteOffset: offset, as: SIMD4<Float>.self)
        target.storeBytes(of: b, toByteOffset: offset + 16, as: SIMD4<Float>.self)
        target.storeBytes(of: c, toByteOffset: offset + 32, as: SIMD4<Float>.self)
        target.storeBytes(of: d, toByteOffset: offset + 48, as: SIMD4<Float>.self)
        offset += 64
      }
    }
  }

  private func sumRow(into output: UnsafeMutablePointer<Float>) {
    let taps = horizontal.taps
    horizontal.weights.withUnsafeBufferPointer { weights in
      horizontal.starts.withUnsafeBufferPointer { starts in
        var weight = UnsafeRawPointer(weights.baseAddress!)
        /// The four parts of the sum for one output sample.
        @inline(__always) func next(_ x: Int) -> SIMD4<Float> {
          let source = UnsafeRawPointer(column + starts[x])
          var sum = SIMD4<Float>.zero
          var tap = 0
          while tap < taps {
            sum +=
              source.loadUnaligned(fromByteOffset: 4 * tap, as: SIMD4<Float>.self)
              * weight.loadUnaligned(fromByteOffset: 4 * tap, as: SIMD4<Float>.self)
            tap += 4
          }
          weight += 4 * taps
          return sum
        }
        var x = 0
        while x + 4 <= outputWidth {
          // Four at a time, turned, so that their parts are added side by side.
          let (a, b, c, d) = (next(x), next(x + 1), next(x + 2), next(x + 3))
          let sums =
            (SIMD4(a.x, b.x, c.x, d.x) + SIMD4(a.y, b.y, c.y, d.y))
            + (SIMD4(a.z, b.z, c.z, d.z) + SIMD4(a.w, b.w, c.w, d.w))
          UnsafeMutableRawPointer(output + x).storeBytes(of: sums, as: SIMD4<Float>.self)
          x += 4
        }
        while x < outputWidth {
          let sum = next(x)
          output[x] = (sum.x + sum.y) + (sum.z + sum.w)
          x += 1
        }
      }
    }
  }
}
