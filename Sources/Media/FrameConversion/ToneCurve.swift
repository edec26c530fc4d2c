import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Light as HDR transfer characteristics code it, and how it is brought within what an SDR screen shows.
enum ToneCurve {
  /// Light of HDR's diffuse white (ITU-R BT.2408 §2.2), which becomes about SDR's white, cd/m².
  static let white = 203.0
  /// Light up to which highlights keep their differences; most pictures are mastered to no more. cd/m².
  static let peak = 1000.0

  /// SMPTE ST 2084 (PQ): code 0 ... 1 to cd/m².
  static func perceptualLight(_ code: Double) -> Double {
    let root = pow(max(code, 0), 1 / 78.84375)
    return 10000 * pow(max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root), 1 / 0.1593017578125)
  }

  /// The inverse of `perceptualLight`.
  static func perceptualCode(_ light: Double) -> Double {
    let power = pow(max(light, 0) / 10000, 0.1593017578125)
    return pow((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power), 78.84375)
  }

  /// ITU-R BT.2100 HLG: code 0 ... 1 to scene light 0 ... 1.
  static func hybridSceneLight(_ code: Double) -> Double {
    let value = max(code, 0)
    if value <= 0.5 { return value * value / 3 }
    return (exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
  }

  /// The electrical-electrical transfer function of ITU-R BT.2390 §5.4.1 from `peak` to `white`, black untouched:
  /// dark and middle tones stay, highlights are bent under the limit. cd/m² to cd/m².
  static func compress(_ light: Double) -> Double {
    let top = perceptualCode(peak)
    let limit = perceptualCode(white) / top
    let knee = 1.5 * limit - 0.5
    let code = min(perceptualCode(light) / top, 1)
    guard code > knee else { return light }
    let t = (code - knee) / (1 - knee)
    let bent =
      (2 * t * t * t - 3 * t * t + 1) * knee + (t * t * t - 2 * t * t + t) * (1 - knee)
      + (3 * t * t - 2 * t * t * t) * limit
    return perceptualLight(bent * top)
  }
}
