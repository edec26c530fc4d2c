import CTurboJPEG
package import MediaTypes

/// Baseline JPEG, 4:2:0, by libjpeg-turbo. The same picture is always the same bytes.
package final class JPEGWriter {
  private let handle: tjhandle
  private let quality: Int32

  /// - Parameter quality: On libjpeg's scale, 1 ... 100.
  package init(quality: Int) throws(MediaError) {
    guard let handle = tjInitCompress() else { throw MediaError(.encodeFailed, "the JPEG encoder cannot be started") }
    self.handle = handle
    self.quality = Int32(min(max(quality, 1), 100))
  }

  deinit { tjDestroy(handle) }

  package func write(_ picture: Raster) throws(MediaError) -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    defer { tjFree(bytes) }
    let status = tjCompress2(
      handle, picture.pixels, Int32(picture.width), Int32(3 * picture.width), Int32(picture.height),
      Int32(TJPF_RGB.rawValue), &bytes, &size, Int32(TJSAMP_420.rawValue), quality, TJFLAG_ACCURATEDCT)
    guard status == 0, let bytes else {
      throw MediaError(
        .encodeFailed,
        "a sheet of \(picture.width)x\(picture.height) pixels cannot be encoded: "
          + String(cString: tjGetErrorStr2(handle)))
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: Int(size)))
  }
}
