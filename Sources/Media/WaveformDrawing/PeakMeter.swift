/// The largest absolute value of each window of samples. Pure; memory of one window.
package struct PeakMeter {
  /// Samples of one window.
  let window: Int
  private var count = 0
  private var peak: Float = 0
  /// Samples that were seen.
  private(set) var samples: Int64 = 0

  package init(window: Int) { self.window = window }

  /// - Parameter emit: called with the peak of every window that is full, from 0 to 1.
  package mutating func add(_ values: UnsafeBufferPointer<Float>, _ emit: (Float) throws -> Void) rethrows {
    samples += Int64(values.count)
    var start = 0
    while start < values.count {
      let end = min(values.count, start + window - count)
      peak = Self.largest(UnsafeBufferPointer(rebasing: values[start..<end]), peak)
      count += end - start
      start = end
      if count == window {
        try emit(min(peak, 1))
        (count, peak) = (0, 0)
      }
    }
  }

  /// The last window counts even if it is not full.
  package mutating func finish(_ emit: (Float) throws -> Void) rethrows {
    if count > 0 { try emit(min(peak, 1)) }
    (count, peak) = (0, 0)
  }

  private static func largest(_ values: UnsafeBufferPointer<Float>, _ floor: Float) -> Float {
    var lanes = SIMD8<Float>(repeating: floor)
    var index = 0
    while index + 8 <= values.count {
      let block = UnsafeRawPointer(values.baseAddress! + index).loadUnaligned(as: SIMD8<Float>.self)
      let magnitude = block.replacing(with: -block, where: block .< 0)
      lanes.replace(with: magnitude, where: magnitude .> lanes)
      index += 8
    }
    var largest = lanes.max()
    while index < values.count {
      let magnitude = abs(values[index])
      if magnitude > largest { largest = magnitude }
      index += 1
    }
    return largest
  }
}
