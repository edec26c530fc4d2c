/// A waveform in 48 characters, for pictures so small that a request for each would cost more than it shows.
package enum PeakOutline {
  package static let steps = 48

  /// - Parameter document: what `PeakDocument` has written.
  /// - Returns: `steps` hexadecimal digits, each the loudest of its stretch beside the loudest of all; `nil` without sound.
  package static func make(of document: some Collection<UInt8>) -> String? {
    let peaks = numbers(in: document)
    guard let loudest = peaks.max(), loudest > 0 else { return nil }
    let digits = (0..<steps).map { step in
      let from = step * peaks.count / steps
      let to = max(from + 1, (step + 1) * peaks.count / steps)
      return Int((peaks[from..<to].reduce(0, max) / loudest * 15).rounded())
    }
    return digits.map { String($0, radix: 16) }.joined()
  }

  /// The numbers of the document's first array, which have no exponent and no sign.
  private static func numbers(in document: some Collection<UInt8>) -> [Float] {
    var found: [Float] = []
    var value: Float = 0
    var unit: Float = 1
    var isInside = false
    var hasPoint = false
    for byte in document {
      guard isInside else {
        isInside = byte == UInt8(ascii: "[")
        continue
      }
      switch byte {
      case UInt8(ascii: "."): hasPoint = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        value = value * 10 + Float(byte - UInt8(ascii: "0"))
        if hasPoint { unit *= 10 }
        continue
      case UInt8(ascii: ","), UInt8(ascii: "]"):
        found.append(value / unit)
        (value, unit, hasPoint) = (0, 1, false)
        if byte == UInt8(ascii: "]") { return found }
      default: break
      }
    }
    return found
  }
}
