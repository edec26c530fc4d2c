/// The smallest and largest sample of each pixel, per channel or of all channels together. Pure.
struct PixelMeter {
  let samplesPerPixel: Int
  /// Of the input.
  let channels: Int
  let splitsChannels: Bool
  private var count = 0
  private var least: [Int16]
  private var most: [Int16]

  init(samplesPerPixel: Int, channels: Int, splitsChannels: Bool) {
    self.samplesPerPixel = samplesPerPixel
    self.channels = channels
    self.splitsChannels = splitsChannels
    least = Array(repeating: .max, count: splitsChannels ? channels : 1)
    most = Array(repeating: .min, count: splitsChannels ? channels : 1)
  }

  var outputChannels: Int { least.count }

  /// - Parameters:
  ///   - samples: of all channels in turn, `count` of each.
  ///   - emit: called with the least and the greatest value, in turn for each output channel.
  mutating func add(_ samples: UnsafePointer<Int16>, _ total: Int, _ emit: (Int16, Int16) throws -> Void) rethrows {
    var start = 0
    while start < total {
      let end = min(total, start + samplesPerPixel - count)
      measure(samples + start * channels, end - start)
      count += end - start
      start = end
      if count == samplesPerPixel { try finish(emit) }
    }
  }

  /// Gives out a pixel that is not full.
  mutating func finish(_ emit: (Int16, Int16) throws -> Void) rethrows {
    guard count > 0 else { return }
    for channel in least.indices {
      try emit(least[channel], most[channel])
      (least[channel], most[channel]) = (.max, .min)
    }
    count = 0
  }

  private mutating func measure(_ samples: UnsafePointer<Int16>, _ count: Int) {
    if splitsChannels || channels == 1 {
      for channel in 0..<channels {
        var (low, high) = (least[channel], most[channel])
        var index = channel
        for _ in 0..<count {
          let value = samples[index]
          low = min(low, value)
          high = max(high, value)
          index += channels
        }
        (least[channel], most[channel]) = (low, high)
      }
      return
    }
    var (low, high) = (Int32(least[0]), Int32(most[0]))
    if channels == 2 {
      for index in 0..<count {
        let value = (Int32(samples[index * 2]) + Int32(samples[index * 2 + 1])) / 2
        low = min(low, value)
        high = max(high, value)
      }
    } else {
      for index in 0..<count {
        var sum: Int32 = 0
        for channel in 0..<channels { sum += Int32(samples[index * channels + channel]) }
        let value = sum / Int32(channels)
        low = min(low, value)
        high = max(high, value)
      }
    }
    (least[0], most[0]) = (Int16(low), Int16(high))
  }
}
