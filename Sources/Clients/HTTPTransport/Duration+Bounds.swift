extension Duration {
  /// At most ten years, so that adding it to a point in time cannot overflow.
  var bounded: Duration { min(self, .seconds(10 * 365 * 86400)) }

  var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds / 1_000_000_000_000_000) / 1000
  }

  /// Rounded up, so that waiting that long is never too short.
  var inMilliseconds: Int {
    let (seconds, attoseconds) = bounded.components
    return max(0, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
  }
}
