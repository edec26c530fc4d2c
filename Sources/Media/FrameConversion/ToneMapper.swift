import CLibAV
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// HDR (PQ, HLG) and wide-gamut pictures to what SDR screens show: BT.709 colours, gamma 2.2.
///
/// The whole chain is computed once, for a grid of 33 × 33 × 33 colours; pictures only interpolate in it.
package final class ToneMapper {
  private static let steps = 33
  /// R, G, B on the scale 0 ... 255 for coded red, green and blue, blue fastest.
  private let grid: UnsafeMutablePointer<SIMD4<Float>>

  private enum Transfer { case perceptual, hybrid, standard }

  /// `nil` where pictures are for SDR screens already.
  init?(_ colour: FrameColour) {
    let transfer: Transfer
    switch colour.transfer {
    case AVCOL_TRC_SMPTE2084: transfer = .perceptual
    case AVCOL_TRC_ARIB_STD_B67: transfer = .hybrid
    default:
      guard colour.primaries == AVCOL_PRI_BT2020 else { return nil }
      transfer = .standard
    }
    // What does not say is taken for BT.2020, as HDR always is in practice.
    let isWide = colour.primaries == AVCOL_PRI_BT2020 || colour.primaries == AVCOL_PRI_UNSPECIFIED
    let count = Self.steps
    grid = .allocate(capacity: count * count * count)
    let codes = (0..<count).map { Double($0) / Double(count - 1) }
    for r in 0..<count {
      for g in 0..<count {
        for b in 0..<count {
          let colour = Self.map(SIMD3(codes[r], codes[g], codes[b]), transfer, isWide: isWide) * 255
          grid[(r * count + g) * count + b] = SIMD4(Float(colour.x), Float(colour.y), Float(colour.z), 0)
        }
      }
    }
  }

  deinit { grid.deallocate() }

  /// - Parameter coded: red, green and blue 0 ... 1 as coded; the last lane is ignored.
  /// - Returns: red, green and blue 0 ... 255.
  @inline(__always)
  func map(_ coded: SIMD4<Float>) -> SIMD4<Float> {
    let top = Float(Self.steps - 1)
    let scaled = coded * top
    let limited = scaled.replacing(with: Float(0), where: scaled .< 0).replacing(with: top, where: scaled .> top)
    let r = min(Int(limited.x), Self.steps - 2)
    let g = min(Int(limited.y), Self.steps - 2)
    let b = min(Int(limited.z), Self.steps - 2)
    let (fr, fg, fb) = (limited.x - Float(r), limited.y - Float(g), limited.z - Float(b))
    let (stepR, stepG) = (Self.steps * Self.steps, Self.steps)
    let base = grid + (r * Self.steps + g) * Self.steps + b
    @inline(__always) func along(_ corner: UnsafeMutablePointer<SIMD4<Float>>) -> SIMD4<Float> {
      corner[0] + (corner[1] - corner[0]) * fb
    }
    let near = along(base) + (along(base + stepG) - along(base)) * fg
    let far = along(base + stepR) + (along(base + stepR + stepG) - along(base + stepR)) * fg
    return near + (far - near) * fr
  }

  private static func map(_ coded: SIMD3<Double>, _ transfer: Transfer, isWide: Bool) -> SIMD3<Double> {
    var light: SIMD3<Double>
    switch transfer {
    case .perceptual:
      light = SIMD3(
        ToneCurve.perceptualLight(coded.x), ToneCurve.perceptualLight(coded.y), ToneCurve.perceptualLight(coded.z))
    case .hybrid:
      let scene = SIMD3(
        ToneCurve.hybridSceneLight(coded.x), ToneCurve.hybridSceneLight(coded.y), ToneCurve.hybridSceneLight(coded.z))
      // BT.2100's OOTF for a screen of 1000 cd/m².
      let luminance = (scene * SIMD3(0.2627, 0.6780, 0.0593)).sum()
      light = luminance > 0 ? scene * (ToneCurve.peak * pow(luminance, 0.2)) : .zero
    case .standard:
      light = SIMD3(pow(coded.x, 2.2), pow(coded.y, 2.2), pow(coded.z, 2.2))
    }
    if transfer != .standard {
      // By the strongest channel, so that none is clipped and the hue stays.
      let strongest = light.max()
      if strongest > 0 { light *= ToneCurve.compress(min(strongest, ToneCurve.peak)) / strongest }
      light /= ToneCurve.white
    }
    if isWide { light = narrowed(light) }
    return SIMD3(pow(light.x, 1 / 2.2), pow(light.y, 1 / 2.2), pow(light.z, 1 / 2.2))
  }

  /// BT.2020 to BT.709 (ITU-R BT.2407 §2); colours outside move towards gray of the same luminance until they fit.
  private static func narrowed(_ c: SIMD3<Double>) -> SIMD3<Double> {
    let r = 1.660491 * c.x - 0.587641 * c.y - 0.072850 * c.z
    let g = -0.124550 * c.x + 1.132900 * c.y - 0.008349 * c.z
    let b = -0.018151 * c.x - 0.100579 * c.y + 1.118730 * c.z
    let colour = SIMD3(r, g, b)
    let gray = min(max((colour * SIMD3(0.2126, 0.7152, 0.0722)).sum(), 0), 1)
    var keep = 1.0
    for channel in 0..<3 {
      let value = colour[channel]
      if value < 0 { keep = min(keep, gray / (gray - value)) }
      if value > 1 { keep = min(keep, (1 - gray) / (value - gray)) }
    }
    let fitting = SIMD3(repeating: gray) + (colour - gray) * keep
    return fitting.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 1))
  }
}

/// The mapper for what pictures say of their colours, made again only when they say something else.
package struct ToneMapperCache {

  package init() {
  }
  private var known: (colour: FrameColour, mapper: ToneMapper?)?

  package mutating func mapper(for colour: FrameColour) -> ToneMapper? {
    if let known, known.colour == colour { return known.mapper }
    let mapper = ToneMapper(colour)
    known = (colour, mapper)
    return mapper
  }
}
