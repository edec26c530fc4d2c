import FrameConversion
import CTurboJPEG
import MediaTypes

/// Baseline JPEG (JFIF: BT.601, full range), 4:2:0, by libjpeg-turbo. The same planes are always the same bytes.
final class JPEGEncoder {
  private let handle: tjhandle
  private let quality: Int32

  init(quality: Int) throws(MediaError) {
    guard let handle = tjInitCompress() else { throw MediaError(.encodeFailed, "the JPEG encoder cannot be started") }
    self.handle = handle
    self.quality = Int32(min(max(quality, 1), 100))
  }

  deinit { tjDestroy(handle) }

  func encode(_ picture: PlanarPicture) throws(MediaError) -> [UInt8] {
    // libjpeg-turbo grows the buffer as it needs.
    var bytes: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    defer { tjFree(bytes) }
    var planes: [UnsafePointer<UInt8>?] = [
      UnsafePointer(picture.y), UnsafePointer(picture.u), UnsafePointer(picture.v),
    ]
    var strides = [Int32(picture.lumaStride), Int32(picture.chromaStride), Int32(picture.chromaStride)]
    let status = tjCompressFromYUVPlanes(
      handle, &planes, Int32(picture.width), &strides, Int32(picture.height), Int32(TJSAMP_420.rawValue), &bytes, &size,
      quality, TJFLAG_ACCURATEDCT)
    return try result(status, bytes, size, width: picture.width, height: picture.height)
  }

  /// - Parameter keepsColours: every pixel has its own colour (4:4:4). Default: as the others, 4:2:0.
  func encode(_ picture: RGBPicture, keepsColours: Bool = false) throws(MediaError) -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    defer { tjFree(bytes) }
    let status = tjCompress2(
      handle, picture.pixels, Int32(picture.width), Int32(picture.stride), Int32(picture.height),
      Int32(TJPF_RGB.rawValue),
      &bytes, &size, Int32((keepsColours ? TJSAMP_444 : TJSAMP_420).rawValue), quality, TJFLAG_ACCURATEDCT)
    return try result(status, bytes, size, width: picture.width, height: picture.height)
  }

  private func result(
    _ status: Int32, _ bytes: UnsafeMutablePointer<UInt8>?, _ size: UInt, width: Int, height: Int
  ) throws(MediaError) -> [UInt8] {
    guard status == 0, let bytes else {
      throw MediaError(
        .encodeFailed,
        "a still of \(width)x\(height) pixels cannot be encoded: \(String(cString: tjGetErrorStr2(handle)))")
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: Int(size)))
  }
}
