import CTurboJPEG
package import MediaTypes

/// Baseline JPEG (JFIF: BT.601, full range) by libjpeg-turbo. The same pixels are always the same bytes.
package final class JPEGEncoder {
  private let handle: tjhandle
  private let quality: Int32

  /// - Parameter quality: on libjpeg's scale, 1 … 100.
  package init(quality: Int) throws(MediaError) {
    guard let handle = tjInitCompress() else { throw MediaError(.encodeFailed, "the JPEG encoder cannot be started") }
    self.handle = handle
    self.quality = Int32(min(max(quality, 1), 100))
  }

  deinit { tjDestroy(handle) }

  /// 4:2:0, as the planes are.
  package func encode(_ image: PlanarImage) throws(MediaError) -> [UInt8] {
    // libjpeg-turbo grows the buffer as it needs.
    var bytes: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    defer { tjFree(bytes) }
    var planes: [UnsafePointer<UInt8>?] = [UnsafePointer(image.y), UnsafePointer(image.u), UnsafePointer(image.v)]
    var strides = [Int32(image.lumaStride), Int32(image.chromaStride), Int32(image.chromaStride)]
    let status = tjCompressFromYUVPlanes(
      handle, &planes, Int32(image.width), &strides, Int32(image.height), Int32(TJSAMP_420.rawValue), &bytes, &size,
      quality, TJFLAG_ACCURATEDCT)
    return try result(status, bytes, size, width: image.width, height: image.height)
  }

  /// - Parameter keepsColours: every pixel has its own colour (4:4:4). Default: four share one (4:2:0).
  package func encode(_ image: RGBImage, keepsColours: Bool = false) throws(MediaError) -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    defer { tjFree(bytes) }
    let status = tjCompress2(
      handle, image.pixels, Int32(image.width), Int32(image.stride), Int32(image.height), Int32(TJPF_RGB.rawValue),
      &bytes, &size, Int32((keepsColours ? TJSAMP_444 : TJSAMP_420).rawValue), quality, TJFLAG_ACCURATEDCT)
    return try result(status, bytes, size, width: image.width, height: image.height)
  }

  private func result(
    _ status: Int32, _ bytes: UnsafeMutablePointer<UInt8>?, _ size: UInt, width: Int, height: Int
  ) throws(MediaError) -> [UInt8] {
    guard status == 0, let bytes else {
      throw MediaError(
        .encodeFailed,
        "an image of \(width)x\(height) pixels cannot be encoded: \(String(cString: tjGetErrorStr2(handle)))")
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: Int(size)))
  }
}
