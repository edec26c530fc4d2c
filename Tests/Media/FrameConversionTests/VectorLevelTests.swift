import CPixels
import FrameConversion
import Testing

/// Numbers that look random and are the same in every run.
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2_654_435_761 &+ 1 }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
  mutating func words(_ count: Int, below limit: UInt64) -> [UInt16] { (0..<count).map { _ in UInt16(next() % limit) } }
  mutating func floats(_ count: Int, _ range: ClosedRange<Float>) -> [Float] {
    (0..<count).map { _ in range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() % 10007) / 10006 }
  }
}

/// Sizes around those of vectors.
private let widths = [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 427]

@Suite("Vector instructions")
struct VectorLevelTests {
  /// What each level makes of the same input, the lowest first.
  private func expectAlike<Result: Equatable>(
    _ comment: Comment, _ make: (cpixels_kernels) -> Result, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = make(try #require(VectorLevel.baseline.kernels).pointee)
    for level in VectorLevel.allCases.dropFirst() {
      guard let kernels = level.kernels else { continue }
      #expect(make(kernels.pointee) == expected, comment, sourceLocation: sourceLocation)
    }
  }

  @Test("a level above the processor's is not offered, and the limit is kept")
  func choice() throws {
    let all = VectorLevel.allCases.filter { $0.kernels != nil }
    #expect(all.first == .baseline)
    #expect(all == Array(VectorLevel.allCases.prefix(all.count)), "each level has all instructions of the one before")
  }

  @Test("halves and quarters are the same at every level", arguments: widths)
  func halves(width: Int) throws {
    var noise = Noise(seed: UInt64(width))
    let rows = (0..<4).map { _ in noise.bytes(width) }
    let words = (0..<2).map { _ in noise.words(width, below: 1 << 14) }
    try expectAlike("bytes, \(width)") { kernels in
      var output = [UInt16](repeating: 9, count: (width + 1) / 2)
      kernels.halve_bytes(rows[0], rows[1], width, &output)
      return output
    }
    try expectAlike("words, \(width)") { kernels in
      var output = [UInt16](repeating: 9, count: (width + 1) / 2)
      kernels.halve_words(words[0], words[1], width, &output)
      return output
    }
    try expectAlike("quarters, \(width)") { kernels in
      var output = [UInt16](repeating: 9, count: (width + 3) / 4)
      rows[0].withUnsafeBufferPointer { a in
        rows[1].withUnsafeBufferPointer { b in
          rows[2].withUnsafeBufferPointer { c in
            rows[3].withUnsafeBufferPointer { d in
              let pointers = [a, b, c, d].map { $0.baseAddress! }
              kernels.quarter_bytes(pointers, width, &output)
            }
          }
        }
      }
      return output
    }
    try expectAlike("widened, \(width)") { kernels in
      var output = [Float](repeating: 9, count: 2 * width)
      output.withUnsafeMutableBufferPointer {
        kernels.widen_bytes(rows[0], width, $0.baseAddress!)
        kernels.widen_words(words[0], width, $0.baseAddress! + width)
      }
      return output
    }
  }

  @Test(
    "scaled planes are the same numbers at every level, as before there were levels",
    arguments: [
      (854, 480, 240, 135, 8), (427, 240, 240, 135, 8), (1280, 720, 240, 135, 8), (1920, 1080, 241, 137, 8),
      (640, 358, 81, 45, 10), (99, 77, 33, 30, 16), (20, 10, 64, 48, 8), (3, 2, 5, 7, 8), (1, 1, 1, 1, 8),
    ])
  func scaled(width: Int, height: Int, outputWidth: Int, outputHeight: Int, depth: Int) throws {
    var noise = Noise(seed: UInt64(width))
    let sampleBytes = depth > 8 ? 2 : 1
    let stride = sampleBytes * (width + 3)
    var input = noise.bytes(stride * height)
    if depth > 8 {
      input.withUnsafeMutableBytes { bytes in
        let words = bytes.bindMemory(to: UInt16.self)
        for index in words.indices { words[index] &= UInt16(1 << depth - 1) }
      }
    }
    for kind in [ResamplingFilter.Kind.lanczos, .area] {
      for isChroma in [false, true] {
        try expectAlike("\(kind)") { kernels in
          withUnsafePointer(to: kernels) { kernels in
            let scaler = PlaneScaler(
              width: width, height: height, outputWidth: outputWidth, outputHeight: outputHeight, depth: depth,
              isChroma: isChroma, kind: kind, kernels: kernels)
            let count = outputWidth * outputHeight
            var output = [Float](repeating: 0, count: count + PlaneScaler.room)
            scaler.scale(input, stride: stride, into: &output)
            return output[..<count].map(\.bitPattern)
          }
        }
      }
    }
  }

  @Test("sums of rows and columns are added in the same order at every level")
  func sums() throws {
    var noise = Noise(seed: 3)
    let samples = noise.floats(640, -1000...1000)
    let weights = noise.floats(16, -1...1)
    // One row after the other, in plain words.
    var expected: [Float] = []
    for x in 0..<64 {
      var sum: Float = 0
      for tap in 0..<9 { sum += samples[64 * tap + x] * weights[tap] }
      expected.append(sum)
    }
    for level in VectorLevel.allCases {
      guard let kernels = level.kernels else { continue }
      var output = [Float](repeating: 0, count: 64)
      samples.withUnsafeBufferPointer { samples in
        let rows = (0..<9).map { samples.baseAddress! + 64 * $0 }
        kernels.pointee.sum_columns(rows, weights, 9, 64, &output)
      }
      #expect(output == expected, "\(level)")
    }
  }

  @Test("RGB is the same at every level, and right", arguments: widths)
  func rgb(count: Int) throws {
    var noise = Noise(seed: UInt64(count))
    let planes = noise.floats(3 * count, -40...300)
    var matrix = cpixels_matrix(
      luma_offset: 16, luma_scale: 255.0 / 219, red_of_v: 1.7927, green_of_u: -0.2132, green_of_v: -0.5329,
      blue_of_u: 2.1124)
    let levels = try VectorLevel.allCases.compactMap { level in
      level.kernels.map { kernels in
        var output = [UInt8](repeating: 7, count: 3 * count + 16)
        planes.withUnsafeBufferPointer {
          let y = $0.baseAddress!
          kernels.pointee.convert_to_rgb(y, y + count, y + 2 * count, count, &matrix, &output)
        }
        return output[..<(3 * count)]
      }
    }
    for level in levels { #expect(level == levels[0]) }
    for x in 0..<count {
      let luma = (planes[x] - 16) * Float(255.0 / 219)
      let blue = luma + (planes[count + x] - 128) * 2.1124
      #expect(abs(Float(levels[0][3 * x + 2]) - min(max(blue, 0), 255)) <= 0.501)
    }
  }

  @Test(
    "JPEG's planes are the same at every level",
    arguments: widths, [(8, true), (8, false), (10, false), (16, true)])
  func jpeg(count: Int, layout: (depth: Int, isFullRange: Bool)) throws {
    var noise = Noise(seed: UInt64(count + layout.depth))
    let u = noise.words(count, below: 1 << UInt64(layout.depth))
    let v = noise.words(count, below: 1 << UInt64(layout.depth))
    let y = noise.words(2 * count, below: 1 << UInt64(layout.depth))
    func stored(_ samples: [UInt16]) -> [UInt8] {
      samples.flatMap { layout.depth == 8 ? [UInt8($0)] : [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    }
    let (uBytes, vBytes, yBytes) = (stored(u), stored(v), stored(y))
    for addsChroma in [false, true] {
      var colour = cpixels_jpeg_colour(
        luma_of_u: 26, luma_of_v: 50, u_of_u: -3, u_of_v: -28, v_of_u: -18, v_of_v: -5,
        is_full_range: layout.isFullRange ? 1 : 0)
      try expectAlike("\(count), \(layout), \(addsChroma)") { kernels in
        var moves = [Int16](repeating: 0, count: 2 * count)
        var planes = [UInt8](repeating: 0, count: 4 * count)
        moves.withUnsafeMutableBufferPointer { moves in
          planes.withUnsafeMutableBufferPointer { planes in
            let out = planes.baseAddress!
            let move = addsChroma ? moves.baseAddress! : nil
            kernels.convert_chroma(uBytes, vBytes, count, Int32(layout.depth), &colour, out, out + count, move)
            kernels.convert_luma(yBytes, 2 * count, Int32(layout.depth), &colour, move, out + 2 * count)
          }
        }
        return planes
      }
    }
  }
}
