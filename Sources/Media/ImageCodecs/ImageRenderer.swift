import CVips
package import MediaTypes

/// Makes derived images of a source image with libvips: upright, in sRGB, reduced, without metadata.
///
/// Everything here blocks; call it on a thread of its own. One image at a time is made in a process. Memory: for a
/// baseline JPEG some rows; for what a decoder holds whole, `ImageLimits.wholeBytes` and as much again in the worst
/// case.
package struct ImageRenderer: Sendable {
  package var limits = ImageLimits()
  /// Longest time for all outputs of a source; looked at between rows.
  package var timeLimit: Duration

  package init(timeLimit: Duration = .seconds(600)) { self.timeLimit = timeLimit }

  /// Reads the header only.
  ///
  /// - Throws: `ImageError` if the image is not accepted.
  package func facts(of bytes: [UInt8]) throws(ImageError) -> ImageFacts {
    let limits = limits
    return try Self.withBytes(bytes) { bytes throws(ImageError) in
      try Vips.exclusively { () throws(ImageError) in try SourceImage(bytes, limits: limits).facts }
    }
  }

  /// EXIF tags by their names, with their values as libexif writes them: rational numbers as `NUMERATOR/DENOMINATOR`.
  package func tags(of bytes: [UInt8]) throws(ImageError) -> [String: String] {
    let limits = limits
    return try Self.withBytes(bytes) { bytes throws(ImageError) in
      try Vips.exclusively { () throws(ImageError) in
        try SourceImage(bytes, limits: limits).open(reduction: 1).exifTags
      }
    }
  }

  /// Decodes the source once and encodes every output.
  ///
  /// - Parameter cancellation: ends decoding between two rows.
  /// - Returns: the files, in the order of `outputs`.
  /// - Throws: `ImageError` if the image is not accepted or cannot be decoded in time.
  package func render(
    _ outputs: [ImageOutput], of bytes: [UInt8], cancellation: CancellationFlag = CancellationFlag()
  ) throws(ImageError) -> [[UInt8]] {
    let (limits, timeLimit) = (limits, timeLimit)
    return try Self.withBytes(bytes) { bytes throws(ImageError) in
      try Vips.exclusively { () throws(ImageError) in
        let deadline = Deadline(after: timeLimit)
        cancellation.onCancel { deadline.pass() }
        return try deadline.checking { () throws(ImageError) in
          try render(outputs, of: SourceImage(bytes, limits: limits), deadline)
        }
      }
    }
  }

  private func render(
    _ outputs: [ImageOutput], of source: SourceImage, _ deadline: Deadline
  ) throws(ImageError) -> [[UInt8]] {
    let upright = source.facts.size
    let placements = outputs.map { Placement($0, of: upright) }
    guard let largest = placements.map(\.scaled).max(by: { $0.area < $1.area }) else { return [] }
    if outputs.count == 1 {
      let image = try Pipeline.decoded(source, scaledTo: largest, crop: placements[0], deadline)
      let file = try Encoder.encode(image, outputs[0])
      try limits.check(outputBytes: file.count)
      return [file]
    }
    // The largest output is decoded to memory, and the others are reduced from it.
    let base = try Pipeline.decoded(source, scaledTo: largest, crop: nil, deadline).inMemory()
    var files: [[UInt8]] = []
    for (output, placement) in zip(outputs, placements) {
      var image = base
      if placement.scaled != largest { image = try Pipeline.reduced(image, to: placement.scaled) }
      if placement.isCropped {
        image = try .make(
          zt_vips_crop(
            image.handle, Int32(placement.left), Int32(placement.top), Int32(placement.crop.width),
            Int32(placement.crop.height)))
      }
      files.append(try Encoder.encode(image, output))
      try limits.check(outputBytes: files.reduce(0) { $0 + $1.count })
    }
    return files
  }

  private static func withBytes<Value>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(ImageError) -> Value
  ) throws(ImageError) -> Value {
    var result: Result<Value, ImageError>?
    bytes.withUnsafeBytes { buffer in
      do throws(ImageError) { result = .success(try body(buffer)) } catch { result = .failure(error) }
    }
    guard let result else { throw ImageError(.failed, "the image was not looked at") }
    return try result.get()
  }
}
