package import Audio

/// The waveform as JSON (DESIGN section 6): `{"peaks": [0…1], "peaksPerSecond": 50, "sampleRate": 16000, "duration"}`,
/// written as the peaks come.
package final class PeakDocument {
  package static let peaksPerSecond = 50
  package static let sampleRate = 16_000

  private let sink: any AudioSink
  private var text: [UInt8] = Array(#"{"peaks":["#.utf8)
  private var isFirst = true

  package init(_ sink: any AudioSink) { self.sink = sink }

  /// - Parameter peak: from 0 to 1; written with four decimals at most.
  func add(_ peak: Float) throws {
    if !isFirst { text.append(UInt8(ascii: ",")) }
    isFirst = false
    Self.append(peak, to: &text)
    if text.count >= 64 << 10 {
      try sink.write(text)
      text.removeAll(keepingCapacity: true)
    }
  }

  /// - Parameter duration: seconds.
  package func finish(duration: Double) throws {
    let whole = (duration * 1_000_000).rounded() / 1_000_000
    let tail = #"],"peaksPerSecond":\#(Self.peaksPerSecond),"sampleRate":\#(Self.sampleRate),"duration":\#(whole)}"#
    text += Array(tail.utf8)
    try sink.write(text)
    text = []
  }

  package static func append(_ peak: Float, to text: inout [UInt8]) {
    let scaled = Int((min(max(peak, 0), 1) * 10_000).rounded())
    if scaled >= 10_000 { return text.append(UInt8(ascii: "1")) }
    text.append(UInt8(ascii: "0"))
    guard scaled > 0 else { return }
    text.append(UInt8(ascii: "."))
    var (rest, unit) = (scaled, 1000)
    while rest > 0 {
      text.append(UInt8(ascii: "0") + UInt8(rest / unit))
      rest %= unit
      unit /= 10
    }
  }
}
