// Linked for what it does, which nothing calls.
import CCodeMemory
import CVips
import Core
import Synchronization

/// libvips in this process: started once, one image at a time.
enum Vips {
  /// Whether the library has been started; it is locked while an image is made, since error texts are the process's.
  private static let started = Mutex(false)

  /// Runs `body` alone, on the calling thread, after starting the library if need be.
  static func exclusively<Value>(_ body: () throws(ImageError) -> sending Value) throws(ImageError) -> Value {
    try started.withLock { isStarted throws(ImageError) in
      if !isStarted {
        guard zt_vips_start() == 0 else { throw ImageError(.failed, "libvips cannot be started: \(takeError())") }
        isStarted = true
      }
      defer {
        vips_error_clear()
        vips_thread_shutdown()
        zt_vips_trim()
      }
      return try body()
    }
  }

  /// What went wrong last, on one line.
  static func takeError() -> String {
    defer { vips_error_clear() }
    return String(cString: vips_error_buffer()).split(separator: "\n").prefix(2).joined(separator: "; ")
  }
}

/// An image or a step of its making; pixels come when an encoder asks for them.
final class Picture {
  let handle: UnsafeMutablePointer<VipsImage>

  private init(owning handle: UnsafeMutablePointer<VipsImage>) { self.handle = handle }

  deinit { zt_vips_release(handle) }

  /// Takes over what an operation of libvips returned.
  static func make(
    _ result: UnsafeMutablePointer<VipsImage>?
  ) throws(ImageError) -> Picture {
    guard let result else { throw ImageError(.invalid, "the image cannot be read: \(Vips.takeError())") }
    return Picture(owning: result)
  }

  var width: Int { Int(vips_image_get_width(handle)) }
  var height: Int { Int(vips_image_get_height(handle)) }
  var bands: Int { Int(vips_image_get_bands(handle)) }
  var format: VipsBandFormat { vips_image_get_format(handle) }
  var interpretation: VipsInterpretation { vips_image_get_interpretation(handle) }
  var hasAlpha: Bool { vips_image_hasalpha(handle) != 0 }

  /// Bytes of a pixel.
  var bytesPerPixel: Int { bands * Int(vips_format_sizeof(format)) }

  /// EXIF's, 1 without one or if it makes no sense.
  var orientation: Orientation { Orientation(rawValue: Int(vips_image_get_orientation(handle))) ?? .upright }

  /// libvips calls the fields `exif-ifdN-NAME`; values end in a description in parentheses.
  var exifTags: [String: String] {
    guard let fields = vips_image_get_fields(handle) else { return [:] }
    defer { g_strfreev(fields) }
    var tags: [String: String] = [:]
    var index = 0
    while let field = fields[index] {
      index += 1
      let name = String(cString: field)
      guard name.hasPrefix("exif-ifd"), let tag = name.split(separator: "-", maxSplits: 2).last else { continue }
      var text: UnsafePointer<CChar>?
      guard vips_image_get_string(handle, name, &text) == 0, let text else { continue }
      let value = String(cString: text)
      tags[String(tag)] = value.firstRange(of: " (").map { String(value[..<$0.lowerBound]) } ?? value
    }
    return tags
  }

  /// All pixels, made now.
  func inMemory() throws(ImageError) -> Picture { try .make(vips_image_copy_memory(handle)) }
}
