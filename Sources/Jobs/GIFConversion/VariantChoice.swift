/// Which variant of a stream is converted: the smallest that suffices.
package enum VariantChoice {
  /// Only H.264 and HEVC with a stated size are looked at. The smallest whose longer side reaches the target comes first;
  /// among equals one whose frame rate reaches the target, then H.264, then the lowest bandwidth. Where none reaches the
  /// target's size, the largest.
  ///
  /// - Returns: `nil` without variants.
  package static func choose(_ variants: [Playlist.Variant], size: Int, frameRate: Int) -> Playlist.Variant? {
    let candidates = variants.filter { $0.width > 0 && $0.height > 0 && kind($0) != nil }
    let large = candidates.filter { longerSide($0) >= size }
    if large.isEmpty {
      return candidates.min { rank($0, frameRate, sign: -1) < rank($1, frameRate, sign: -1) }
    }
    return large.min { rank($0, frameRate, sign: 1) < rank($1, frameRate, sign: 1) }
  }

  private static func rank(_ variant: Playlist.Variant, _ frameRate: Int, sign: Int) -> (Int, Int, Int, Int) {
    // 23.976 and 29.97 count as 24 and 30.
    let isFastEnough = (variant.frameRate + 0.05).rounded(.down) >= Double(frameRate) || variant.frameRate == 0
    return (sign * longerSide(variant), isFastEnough ? 0 : 1, kind(variant) ?? 2, variant.bandwidth)
  }

  private static func longerSide(_ variant: Playlist.Variant) -> Int { max(variant.width, variant.height) }

  /// 0 for H.264, 1 for HEVC.
  private static func kind(_ variant: Playlist.Variant) -> Int? {
    for codec in variant.codecs {
      if codec.hasPrefix("avc1") || codec.hasPrefix("avc3") { return 0 }
      if codec.hasPrefix("hvc1") || codec.hasPrefix("hev1") { return 1 }
    }
    return nil
  }
}
