import Audio

/// Pixels on their way into a file of audiowaveform's: they wait in a temporary file, since the header has their number.
final class PixelFile {
  let settings: PixelSettings
  private let pixels: FileSink
  private let sampleRate: Int
  private let samplesPerPixel: Int
  private let channels: Int
  private var waiting: [Int16] = []
  private var low: Int16 = .max
  private var high: Int16 = .min

  init(_ settings: PixelSettings, sampleRate: Int, samplesPerPixel: Int, channels: Int, scratch: String) throws {
    self.settings = settings
    self.sampleRate = sampleRate
    self.samplesPerPixel = samplesPerPixel
    self.channels = channels
    pixels = try FileSink.scratch(in: scratch)
  }

  func add(_ least: Int16, _ greatest: Int16) throws {
    low = min(low, least)
    high = max(high, greatest)
    waiting.append(least)
    waiting.append(greatest)
    if waiting.count >= 16 << 10 { try spill() }
  }

  /// Pixels of one channel.
  private var length: Int { Int(pixels.size) / 4 / channels }

  /// Version 1 for one channel, version 2 for more; little endian.
  func writeData(to sink: any AudioSink) throws {
    try spill()
    var head: [UInt8] = []
    func number(_ value: Int) { head += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    number(channels == 1 ? 1 : 2)
    number(settings.bits == 8 ? 1 : 0)
    number(sampleRate)
    number(samplesPerPixel)
    number(length)
    if channels > 1 { number(channels) }
    try sink.write(head)
    try forEachBlock { values in
      if settings.bits == 8 {
        return try sink.write(values.map { UInt8(bitPattern: Int8(truncatingIfNeeded: $0 / 256)) })
      }
      try values.withUnsafeBytes { try sink.write($0) }
    }
  }

  /// Version 2, always with the number of channels.
  func writeJSON(to sink: any AudioSink) throws {
    try spill()
    let head =
      #"{"version":2,"channels":\#(channels),"sample_rate":\#(sampleRate),"samples_per_pixel":\#(samplesPerPixel),"#
      + #""bits":\#(settings.bits),"length":\#(length),"data":["#
    try sink.write(Array(head.utf8))
    var isFirst = true
    try forEachBlock { values in
      var text: [UInt8] = []
      text.reserveCapacity(values.count * 7)
      for value in values {
        if !isFirst { text.append(UInt8(ascii: ",")) }
        isFirst = false
        Self.append(settings.bits == 8 ? Int(value) / 256 : Int(value), to: &text)
      }
      try sink.write(text)
    }
    try sink.write(Array("]}\n".utf8))
  }

  private func spill() throws {
    try waiting.withUnsafeBytes { try pixels.write($0) }
    waiting.removeAll(keepingCapacity: true)
  }

  private func forEachBlock(_ body: ([Int16]) throws -> Void) throws {
    let factor = self.factor
    var offset: Int64 = 0
    while true {
      let bytes = try pixels.read(at: offset, count: 64 << 10)
      if bytes.isEmpty { return }
      offset += Int64(bytes.count)
      var values = bytes.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
      if factor != 1 {
        for index in values.indices {
          values[index] = Int16(min(max(Double(values[index]) * factor, -32_768), 32_767))
        }
      }
      try body(values)
    }
  }

  private var factor: Double {
    switch settings.amplitude {
    case .factor(let factor): return factor
    case .automatic:
      guard pixels.size > 0 else { return 1 }
      // audiowaveform's rule: the smaller of two quotients, of which the one of the negative side is negative.
      let (above, below) = (high == 0 ? 1 : 32_767 / Double(high), low == 0 ? 1 : 32_767 / Double(low))
      return abs(min(above, below))
    }
  }

  private static func append(_ value: Int, to text: inout [UInt8]) {
    if value < 0 { text.append(UInt8(ascii: "-")) }
    var (rest, unit) = (abs(value), 1)
    while rest / unit >= 10 { unit *= 10 }
    while unit > 0 {
      text.append(UInt8(ascii: "0") + UInt8(rest / unit))
      rest %= unit
      unit /= 10
    }
  }
}
