package import MediaTypes

extension JobLimits {
  /// A file of a few bytes can claim hours of huge frames, each second of which would be a still.
  ///
  /// - Parameters:
  ///   - length: seconds.
  ///   - bytes: size of the file.
  /// - Throws: `BudgetExceeded`.
  package func check(width: Int, height: Int, length: Double, bytes: Int64) throws(MediaError) {
    guard let pixelsPerByte else { return }
    let pixels = Double(width) * Double(height) * length
    guard pixels > Self.leastPixels, pixels > Double(pixelsPerByte) * Double(bytes) else { return }
    throw MediaError(
      .overBudget,
      "the file's \(bytes) bytes claim \(Int(length)) s of \(width)x\(height) pixels, more than the limit of "
        + "MaxPixelsPerByte (\(pixelsPerByte)) allows")
  }
}
